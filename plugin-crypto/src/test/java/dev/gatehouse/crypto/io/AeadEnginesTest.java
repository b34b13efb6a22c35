package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.crypto.AeadChoice;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import dev.gatehouse.crypto.core.Vectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AeadEnginesTest {

  @Test
  void everyEnginePassesWycheproof() {
    for (var engine : TestEngines.all()) {
      int count = 0;
      int refusedNonces = 0;
      for (var row : Vectors.rows("wycheproof-chacha20-poly1305.txt")) {
        var what = engine.name() + ", vector " + row[0];
        var key = Vectors.bytes(row[2]);
        var nonce = Vectors.bytes(row[3]);
        var associated = Vectors.bytes(row[4]);
        var text = Vectors.bytes(row[5]);
        var sealed = HexFormat.of().parseHex((row[6] + row[7]).replace("-", ""));
        count++;
        if (nonce.length != 12) {
          assertThat(row[1]).as(what).isEqualTo("invalid");
          assertThatThrownBy(() -> engine.open(key, nonce, sealed, associated))
              .isInstanceOf(IllegalArgumentException.class);
          refusedNonces++;
        } else if (row[1].equals("valid")) {
          assertThat(engine.seal(key, nonce, text, associated)).as(what).isEqualTo(sealed);
          assertThat(engine.open(key, nonce, sealed, associated)).as(what).isEqualTo(text);
        } else {
          assertThat(engine.open(key, nonce, sealed, associated)).as(what).isNull();
        }
      }
      assertThat(count).isEqualTo(325);
      Vectors.report(
          "ChaCha20-Poly1305 (Wycheproof) with "
              + engine.name()
              + ", "
              + refusedNonces
              + " of them refused for their nonce",
          count);
    }
  }

  @Test
  void everyEngineOpensInPlaceWhatAnyOtherSealed() {
    var random = new Random(5);
    var key = new byte[32];
    random.nextBytes(key);
    for (var one : TestEngines.all()) {
      for (var other : TestEngines.all()) {
        try (var arena = Arena.ofConfined();
            var sealing = one.sealingKey(key);
            var opening = other.openingKey(key)) {
          var memory = arena.allocate(70_000);
          for (int length : new int[] {0, 1, 100, 1420, 9000, 65_000}) {
            var text = new byte[length];
            random.nextBytes(text);
            MemorySegment.copy(text, 0, memory, ValueLayout.JAVA_BYTE, 64, length);
            sealing.seal(length, memory, 64, length, memory, 64);
            var sealed = memory.asSlice(64, length + 16).toArray(ValueLayout.JAVA_BYTE);
            assertThat(opening.open(length + 1L, memory, 64, length + 16)).isFalse();
            MemorySegment.copy(sealed, 0, memory, ValueLayout.JAVA_BYTE, 64, length + 16);
            assertThat(opening.open(length, memory, 64, length + 16)).isTrue();
            assertThat(memory.asSlice(64, length).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(text);
          }
        }
      }
    }
  }

  @Test
  void everyEngineLeavesAloneWhatLiesAround() {
    long seed = Long.getLong("gatehouse.seed", 8439);
    System.out.println("AEAD in the middle of other bytes: seed " + seed);
    var random = new Random(seed);
    var keyBytes = new byte[32];
    random.nextBytes(keyBytes);
    for (var engine : TestEngines.all()) {
      try (var arena = Arena.ofConfined();
          var sealing = engine.sealingKey(keyBytes);
          var opening = engine.openingKey(keyBytes)) {
        var memory = arena.allocate(8192, 64);
        for (int i = 0; i < 2000; i++) {
          var before = new byte[8192];
          random.nextBytes(before);
          MemorySegment.copy(before, 0, memory, ValueLayout.JAVA_BYTE, 0, before.length);
          int length = random.nextInt(1600);
          int from = random.nextInt(2336 - length);
          int to = 2400 + random.nextInt(2400 - length - 64);
          int again = 8192 - random.nextInt(80) - length - 16;
          var what = engine.name() + ", " + length + " bytes at " + from + ", " + to + ", " + again;
          sealing.seal(i, memory, from, length, memory, to);
          assertThat(memory.asSlice(0, to).mismatch(MemorySegment.ofArray(before).asSlice(0, to)))
              .as("%s: changed while sealing", what)
              .isEqualTo(-1);
          int behind = to + length + 64;
          assertThat(memory.asSlice(behind).mismatch(MemorySegment.ofArray(before).asSlice(behind)))
              .as("%s: changed behind what was sealed", what)
              .isEqualTo(-1);
          MemorySegment.copy(memory, to, memory, again, length + 16L);
          var sealed = memory.toArray(ValueLayout.JAVA_BYTE);
          assertThat(opening.open(i, memory, again, length + 16)).as(what).isTrue();
          assertThat(memory.asSlice(again, length).toArray(ValueLayout.JAVA_BYTE))
              .as(what)
              .isEqualTo(Arrays.copyOfRange(before, from, from + length));
          MemorySegment.copy(sealed, again, memory, ValueLayout.JAVA_BYTE, again, length);
          assertThat(memory.mismatch(MemorySegment.ofArray(sealed)))
              .as("%s: changed while opening", what)
              .isEqualTo(-1);
        }
      }
    }
  }

  @Test
  void aClosedKeyRefusesToWork() {
    for (var engine : TestEngines.all()) {
      try (var arena = Arena.ofConfined()) {
        var memory = arena.allocate(64);
        var key = engine.openingKey(new byte[32]);
        key.close();
        key.close();
        assertThatThrownBy(() -> key.open(1, memory, 0, 32))
            .isInstanceOf(IllegalStateException.class);
      }
    }
  }

  @Test
  void opensslIsTheFirstChoiceWhereItIs() {
    assumeTrue(OpenSslEngine.load() != null, "needs libcrypto");
    assertThat(AeadEngines.choose(AeadChoice.AUTO).name()).isEqualTo("openssl");
    assertThat(AeadEngines.choose(AeadChoice.JDK).name()).isEqualTo("jdk");
    assertThat(AeadEngines.choose(AeadChoice.BOUNCYCASTLE).name()).isEqualTo("bouncycastle");
  }

  @Test
  void intelsLibraryIsUsedWhereItIsAskedFor() {
    assumeTrue(
        IpsecMbEngine.load() != null,
        "needs libIPSec_MB 1.3 and a processor with AVX-512 and IFMA");
    assertThat(AeadChoice.parse("ipsec-mb")).isEqualTo(AeadChoice.IPSEC_MB);
    assertThat(AeadEngines.choose(AeadChoice.IPSEC_MB).name()).isEqualTo("ipsec-mb");
    assertThat(AeadEngines.choose(AeadChoice.AUTO).name()).isNotEqualTo("ipsec-mb");
  }

  @Test
  void anEngineThatComputesNonsenseIsPassedOver() {
    List<Supplier<@Nullable AeadEngine>> candidates =
        List.of(() -> null, Liar::new, JdkEngine::new);
    assertThat(AeadEngines.choose(AeadChoice.AUTO, candidates).name()).isEqualTo("jdk");
    assertThatThrownBy(() -> AeadEngines.choose(AeadChoice.OPENSSL, List.of(Liar::new)))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("openssl");
  }

  @Test
  void allEnginesPassTheSelfTest() {
    assertThat(TestEngines.all()).allMatch(AeadEngines::works);
  }

  /** Right in single messages, wrong on packets: it opens everything. */
  private static final class Liar implements AeadEngine {

    private final AeadEngine honest = new JdkEngine();

    @Override
    public String name() {
      return "liar";
    }

    @Override
    public AeadKey sealingKey(byte[] key) {
      return honest.sealingKey(key);
    }

    @Override
    public AeadKey openingKey(byte[] key) {
      var real = honest.openingKey(key);
      return new AeadKey() {
        @Override
        public void seal(
            long counter,
            MemorySegment source,
            long sourceOffset,
            int length,
            MemorySegment target,
            long targetOffset) {
          real.seal(counter, source, sourceOffset, length, target, targetOffset);
        }

        @Override
        public boolean open(long counter, MemorySegment memory, long offset, int length) {
          return real.open(counter, memory, offset, length) || length > 16;
        }

        @Override
        public void close() {
          real.close();
        }
      };
    }

    @Override
    public byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
      return honest.seal(key, nonce, plaintext, associated);
    }

    @Override
    public byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
      return honest.open(key, nonce, sealed, associated);
    }
  }
}
