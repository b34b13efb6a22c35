package dev.gatehouse.relay.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FirstBytesTest {

  @ParameterizedTest
  @CsvSource({
    "01000000, 148, WIREGUARD",
    "02000000, 92, WIREGUARD",
    "03000000, 64, WIREGUARD",
    "04000000, 32, WIREGUARD",
    "04000000, 31, OTHER",
    "00000000, 148, OTHER",
    "05000000, 148, OTHER",
    "01000001, 148, OTHER",
    "01010000, 148, OTHER",
    "000100002112a442, 20, STUN",
    "000100082112a442, 28, STUN",
    "010100082112a442, 28, STUN",
    "000100082112a442, 27, OTHER",
    "000100082112a442, 32, OTHER",
    "000100002112a443, 20, OTHER",
    "0001, 2, OTHER",
    "40000004, 8, CHANNEL_DATA",
    "4fff0004, 8, CHANNEL_DATA",
    "50000004, 8, OTHER",
    "16fefd00, 100, OTHER",
    "80000000, 100, OTHER"
  })
  void protocolsAreToldByTheirFirstBytes(String start, int length, FirstBytes expected) {
    var bytes = new byte[200];
    byte[] known = HexFormat.of().parseHex(start);
    System.arraycopy(known, 0, bytes, 0, known.length);
    assertThat(FirstBytes.of(offHeap(bytes), 0, length)).isEqualTo(expected);
  }

  @Test
  void anythingElseIsOther() {
    var random = new Random(1);
    var bytes = new byte[64];
    for (int i = 0; i < 10_000; i++) {
      random.nextBytes(bytes);
      bytes[0] |= (byte) 0x80;
      assertThat(FirstBytes.of(offHeap(bytes), 0, random.nextInt(65))).isEqualTo(FirstBytes.OTHER);
    }
  }

  private static MemorySegment offHeap(byte[] bytes) {
    var segment = Arena.ofAuto().allocate(bytes.length, 8);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }
}
