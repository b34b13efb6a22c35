package dev.gatehouse.store.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.testkit.store.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowCodecTest {

  private static final List<StoreChange> CHANGES =
      List.of(
          new StoreChange.ClientPut(Samples.client(3), 5),
          new StoreChange.ClientPut(Samples.client(4), 6),
          new StoreChange.ClientRemoved(Samples.clientId(3), 7),
          new StoreChange.ResourcePut(Samples.resource(0), 8),
          new StoreChange.ResourcePut(Samples.resource(1), 9),
          new StoreChange.ResourceRemoved(Samples.resourceId(1), 10),
          new StoreChange.AuthorizationPut(
              Samples.authorization(1, 2, Instant.MIN, Optional.of(Instant.MAX)), 11),
          new StoreChange.AuthorizationRemoved(Samples.key(1, 2), EndReason.REVOKED, 12),
          new StoreChange.AuthorizationRemoved(Samples.key(1, 2), EndReason.EXPIRED, 13),
          new StoreChange.AuthorizationRemoved(Samples.key(1, 2), EndReason.RECONCILED, 14));

  @Test
  void whatWasEncodedIsDecoded() throws Exception {
    for (var change : CHANGES) {
      assertThat(RowCodec.change(change.version(), RowCodec.encode(change))).isEqualTo(change);
    }
    var authorization = Samples.authorization(1, 2, Instant.EPOCH, Optional.empty());
    var held = new Held(new Versioned<>(authorization, 9), Duration.ofMillis(-1));
    assertThat(RowCodec.held(held.key(), 9, RowCodec.encode(authorization, held.offset())))
        .isEqualTo(held);
  }

  @Test
  void everyTruncationIsDetected() {
    for (var change : CHANGES) {
      var body = RowCodec.encode(change);
      for (int length = 0; length < body.length; length++) {
        var cut = Arrays.copyOf(body, length);
        assertThatThrownBy(() -> RowCodec.change(1, cut)).isInstanceOf(RowCodec.DamagedRow.class);
      }
      var longer = Arrays.copyOf(body, body.length + 1);
      assertThatThrownBy(() -> RowCodec.change(1, longer)).isInstanceOf(RowCodec.DamagedRow.class);
    }
  }

  @Test
  void randomBytesAreDamageAndNothingElse() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    var random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      var body = RowCodec.encode(CHANGES.get(random.nextInt(CHANGES.size())));
      for (int flips = random.nextInt(1, 5); flips > 0; flips--) {
        body[random.nextInt(body.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        assertThat(RowCodec.change(1, body)).as("seed " + seed).isNotNull();
      } catch (RowCodec.DamagedRow e) {
        assertThat(e).hasMessageMatching("[a-z].*");
      }
    }
  }

  @Test
  void aSealDependsOnEveryPartOfARow() {
    var seal = new Seal();
    var body = new byte[] {1, 2, 3};
    long whole = seal.of('a', "k", 1, body);
    assertThat(seal.of('a', "k", 1, body)).isEqualTo(whole);
    assertThat(seal.of('b', "k", 1, body)).isNotEqualTo(whole);
    assertThat(seal.of('a', "l", 1, body)).isNotEqualTo(whole);
    assertThat(seal.of('a', "k", 2, body)).isNotEqualTo(whole);
    assertThat(seal.of('a', "k", 1, new byte[] {1, 2, 4})).isNotEqualTo(whole);
  }
}
