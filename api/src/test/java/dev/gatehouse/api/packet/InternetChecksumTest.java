package dev.gatehouse.api.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Seeds;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {

  /** The definition of RFC 1071, byte by byte. */
  private static int naive(byte[] bytes, int from, int length) {
    long sum = 0;
    for (int i = 0; i < length; i += 2) {
      int high = bytes[from + i] & 0xff;
      int low = i + 1 < length ? bytes[from + i + 1] & 0xff : 0;
      sum += high << 8 | low;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) ~sum & 0xffff;
  }

  @Test
  void theExampleOfRfc1071() {
    byte[] example = {
      0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7
    };
    long sum = InternetChecksum.add(0, MemorySegment.ofArray(example), 0, example.length);
    assertThat(InternetChecksum.fold(sum)).isEqualTo(0xddf2);
  }

  @Test
  void agreesWithTheDefinitionAtEveryLengthAndAlignment() {
    var random = Seeds.random("InternetChecksumTest");
    var bytes = new byte[2048];
    for (int i = 0; i < 20_000; i++) {
      random.nextBytes(bytes);
      int from = random.nextInt(64);
      int length = random.nextInt(1600);
      long sum = InternetChecksum.add(0, MemorySegment.ofArray(bytes), from, length);
      assertThat(InternetChecksum.finish(sum)).isEqualTo(naive(bytes, from, length));
    }
  }

  @Test
  void updatingAgreesWithComputingAnew() {
    var random = Seeds.random("InternetChecksumTest");
    var bytes = new byte[40];
    for (int i = 0; i < 20_000; i++) {
      random.nextBytes(bytes);
      int before = naive(bytes, 0, 40);
      int at = 2 * random.nextInt(20);
      int old = (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
      int now = random.nextInt(65536);
      bytes[at] = (byte) (now >>> 8);
      bytes[at + 1] = (byte) now;
      assertThat(InternetChecksum.update(before, old, now)).isEqualTo(naive(bytes, 0, 40));
    }
  }

  @Test
  void aPseudoHeaderIsTheSameAsItsBytes() {
    var random = Seeds.random("InternetChecksumTest");
    var packet = new byte[40];
    for (int i = 0; i < 1000; i++) {
      random.nextBytes(packet);
      var pseudo = new byte[40];
      System.arraycopy(packet, 8, pseudo, 0, 32);
      int length = random.nextInt(65536);
      pseudo[34] = (byte) (length >>> 8);
      pseudo[35] = (byte) length;
      pseudo[39] = 58;
      long sum =
          InternetChecksum.addPseudoHeader(0, MemorySegment.ofArray(packet), 0, 6, 58, length);
      assertThat(InternetChecksum.finish(sum)).isEqualTo(naive(pseudo, 0, 40));
    }
  }
}
