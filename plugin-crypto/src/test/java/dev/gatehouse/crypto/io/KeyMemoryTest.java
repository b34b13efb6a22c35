package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.crypto.core.AeadEngine;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Looks for a key in all memory of this process, before and after it was closed. The test itself
 * knows the key only in disguise, so that it does not find its own copy.
 */
class KeyMemoryTest {

  private static final byte DISGUISE = 0x5a;
  private static final int CHUNK = 1 << 20;

  @Test
  void aClosedKeyOfOpenSslIsNowhereInMemory() throws IOException {
    var engine = OpenSslEngine.load();
    assumeTrue(engine != null, "needs libcrypto");
    closedKeyIsNowhere(Objects.requireNonNull(engine));
  }

  @Test
  void aClosedKeyOfOpenSslForOneThreadIsNowhereInMemory() throws IOException {
    var engine = OpenSslEngine.load();
    assumeTrue(engine != null, "needs libcrypto");
    try (var confined = Objects.requireNonNull(engine).confined()) {
      closedKeyIsNowhere(confined);
    }
  }

  @Test
  void aClosedKeyOfTheJdkIsNowhereInMemory() throws IOException {
    closedKeyIsNowhere(new JdkEngine());
  }

  @Test
  void aClosedKeyOfBouncyCastleIsOverwritten() throws ReflectiveOperationException {
    var bytes = new byte[32];
    new Random(1).nextBytes(bytes);
    var key = new BouncyCastleEngine().sealingKey(bytes);
    var field = key.getClass().getDeclaredField("key");
    field.setAccessible(true);
    assertThat((byte[]) field.get(key)).isEqualTo(bytes);
    key.close();
    assertThat((byte[]) field.get(key)).isEqualTo(new byte[32]);
  }

  private static void closedKeyIsNowhere(AeadEngine engine) throws IOException {
    assumeTrue(Files.isReadable(Path.of("/proc/self/mem")), "needs /proc/self/mem");
    int left = 1;
    // The collector leaves a copy behind where it moves a key; that is luck, and not meant here.
    for (int i = 0; i < 3 && left > 0; i++) {
      left = occurrencesAfterClose(engine);
    }
    assertThat(left).as(engine.name() + " after close").isZero();
  }

  private static int occurrencesAfterClose(AeadEngine engine) throws IOException {
    var disguised = new byte[32];
    new Random(System.nanoTime()).nextBytes(disguised);
    var bytes = new byte[32];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (disguised[i] ^ DISGUISE);
    }
    var key = engine.sealingKey(bytes);
    Arrays.fill(bytes, (byte) 0);
    try (var arena = Arena.ofConfined()) {
      var packet = arena.allocate(256);
      key.seal(1, packet, 64, 64, packet, 64);
    }
    assertThat(occurrences(disguised)).as(engine.name() + " has the key").isPositive();
    key.close();
    return occurrences(disguised);
  }

  /** How often the key is in memory that can be written. */
  private static int occurrences(byte[] disguised) throws IOException {
    int found = 0;
    try (var memory = FileChannel.open(Path.of("/proc/self/mem"), StandardOpenOption.READ);
        var arena = Arena.ofConfined()) {
      var buffer = arena.allocate(CHUNK + 64);
      for (var mapping : Files.readAllLines(Path.of("/proc/self/maps"))) {
        var range = mapping.split("[- ]", 3);
        if (range[2].startsWith("rw")) {
          long from = Long.parseUnsignedLong(range[0], 16);
          long to = Long.parseUnsignedLong(range[1], 16);
          for (long at = from; at < to; at += CHUNK) {
            found += occurrences(memory, at, Math.min(CHUNK + 31, to - at), buffer, disguised);
          }
        }
      }
    }
    return found;
  }

  private static int occurrences(
      FileChannel memory, long at, long length, MemorySegment buffer, byte[] disguised) {
    int found = 0;
    int read = read(memory, at, buffer.asSlice(0, length).asByteBuffer());
    byte first = (byte) (disguised[0] ^ DISGUISE);
    for (int i = 0; i + 32 <= read; i++) {
      if (buffer.get(ValueLayout.JAVA_BYTE, i) == first && matches(buffer, i, disguised)) {
        found++;
      }
    }
    buffer.fill((byte) 0);
    return found;
  }

  private static boolean matches(MemorySegment buffer, int at, byte[] disguised) {
    for (int i = 1; i < 32; i++) {
      if (buffer.get(ValueLayout.JAVA_BYTE, at + i) != (byte) (disguised[i] ^ DISGUISE)) {
        return false;
      }
    }
    return true;
  }

  /** Reads as far as the memory is there. */
  private static int read(FileChannel memory, long at, ByteBuffer into) {
    try {
      while (into.hasRemaining() && memory.read(into, at + into.position()) > 0) {
        // goes on
      }
    } catch (IOException e) {
      // reserved, but never used
    }
    return into.position();
  }
}
