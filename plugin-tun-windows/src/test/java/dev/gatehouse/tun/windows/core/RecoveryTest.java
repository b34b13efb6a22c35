package dev.gatehouse.tun.windows.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.tun.windows.core.Recovery.Attempt;
import dev.gatehouse.tun.windows.core.Recovery.Means;
import org.junit.jupiter.api.Test;

class RecoveryTest {

  private static final long SECOND = 1_000_000_000L;

  @Test
  void aCorruptRingGetsANewSessionAtOnceAndThenANewAdapter() {
    var recovery = new Recovery(0);
    assertThat(recovery.next(true, 1)).isEqualTo(new Attempt(Means.NEW_SESSION, 0));
    recovery.opened(2);
    assertThat(recovery.next(true, 3)).isEqualTo(new Attempt(Means.NEW_ADAPTER, SECOND));
  }

  @Test
  void pausesGrowToHalfAMinute() {
    var recovery = new Recovery(0);
    for (long pause : new long[] {1, 2, 4, 8, 16, 30, 30}) {
      assertThat(recovery.next(false, 1)).isEqualTo(new Attempt(Means.NEW_ADAPTER, pause * SECOND));
    }
  }

  @Test
  void aMinuteWithoutTroubleForgetsTheTrouble() {
    var recovery = new Recovery(0);
    recovery.next(true, 1);
    recovery.next(true, 2);
    recovery.opened(3);
    assertThat(recovery.next(true, 3 + 60 * SECOND)).isEqualTo(new Attempt(Means.NEW_SESSION, 0));
  }
}
