package dev.gatehouse.launcher.shard;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a shard takes outside the Java heap; the budget stands in docs/performance.md. */
class ShardMemoryTest {

  private static final long SHARD_BYTES = 18L * 1024 * 1024;

  @Test
  void thePoolOfAShardFitsItsBudgetUnlessAskedForMore() {
    var usual = ShardSettings.DEFAULTS;
    assertThat((long) usual.batches() * usual.slabBytes()).isLessThanOrEqualTo(SHARD_BYTES);
  }
}
