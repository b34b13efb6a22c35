package dev.gatehouse.tun.linux.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.tun.linux.Seeds;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing the kernel says is believed before it was compared with the packet. */
class KernelPacketTest {

  private static final int AT = 64;
  private static final int MTU = 1420;

  private final KernelPacket packet = new KernelPacket(MTU);
  private final MemorySegment slab = MemorySegment.ofArray(new byte[70_000]);

  private void header(int flags, int kind, int gso, int start, int offset) {
    // A header length that is plainly wrong, because it must not be looked at.
    VirtioHeader.write(slab, AT - VirtioHeader.BYTES, flags, kind, 65535, gso, start, offset);
  }

  private void v4(int length, int protocol) {
    Octets.u8(slab, AT, 0x45);
    Octets.u16(slab, AT + 2, length);
    Octets.u8(slab, AT + 9, protocol);
  }

  private void v6(int length, int protocol) {
    Octets.u8(slab, AT, 0x60);
    Octets.u16(slab, AT + 4, length - 40);
    Octets.u8(slab, AT + 6, protocol);
  }

  private void tcp(int ip) {
    Octets.u8(slab, AT + ip + 12, 0x80);
  }

  private @Nullable DropReason refusal(int bytes) {
    boolean good = packet.acceptWithHeader(slab, AT, bytes);
    assertThat(good).isEqualTo(packet.refusal() == null);
    return packet.refusal();
  }

  @Test
  void aTrainIsAccepted() {
    v4(6000, 6);
    tcp(20);
    header(1, VirtioHeader.TCP4, 1368, 20, 16);
    assertThat(refusal(6000)).isNull();
    assertThat(packet.segmentSize()).isEqualTo(1368);
    assertThat(packet.length()).isEqualTo(6000);
    v6(6000, 17);
    Octets.u16(slab, AT + 44, 5960);
    header(1, VirtioHeader.UDP, 1300, 40, 6);
    assertThat(refusal(6000)).isNull();
    assertThat(packet.segmentSize()).isEqualTo(1300);
  }

  @Test
  void aTrainOfOnePacketIsASinglePacketWithItsChecksumCompleted() {
    v4(1000, 6);
    tcp(20);
    long sum = InternetChecksum.addPseudoHeader(0, slab, AT, 4, 6, 980);
    Octets.u16(slab, AT + 36, InternetChecksum.fold(sum));
    header(1, VirtioHeader.TCP4, 1368, 20, 16);
    assertThat(refusal(1000)).isNull();
    assertThat(packet.segmentSize()).isZero();
    assertThat(InternetChecksum.finish(InternetChecksum.add(sum, slab, AT + 20, 980))).isZero();
  }

  @Test
  void aTrainWhoseHeaderContradictsThePacketIsRefused() {
    v4(6000, 6);
    tcp(20);
    for (var wrong :
        new int[][] {
          {0, VirtioHeader.TCP4, 1368, 20, 16},
          {1, VirtioHeader.TCP6, 1368, 20, 16},
          {1, VirtioHeader.UDP, 1368, 20, 6},
          {1, VirtioHeader.TCP4 | 0x80, 1368, 20, 16},
          {1, 3, 1368, 20, 16},
          {1, VirtioHeader.TCP4, 0, 20, 16},
          {1, VirtioHeader.TCP4, 1368, 24, 16},
          {1, VirtioHeader.TCP4, 1368, 65535, 16},
          {1, VirtioHeader.TCP4, 1368, 20, 6},
          {1, VirtioHeader.TCP4, 4, 20, 16},
        }) {
      header(wrong[0], wrong[1], wrong[2], wrong[3], wrong[4]);
      assertThat(refusal(6000)).as(Arrays.toString(wrong)).isEqualTo(DropReason.MALFORMED);
    }
    header(1, VirtioHeader.TCP4, 1368, 20, 16);
    assertThat(refusal(6001)).as("trailing byte").isEqualTo(DropReason.MALFORMED);
    Octets.u16(slab, AT + 6, 0x2000);
    assertThat(refusal(6000)).as("fragment").isEqualTo(DropReason.MALFORMED);
  }

  @Test
  void aTransportHeaderBeyondThePacketIsRefused() {
    v4(50, 6);
    Octets.u8(slab, AT + 32, 0xf0);
    header(1, VirtioHeader.TCP4, 10, 20, 16);
    assertThat(refusal(50)).isEqualTo(DropReason.MALFORMED);
    Octets.u8(slab, AT + 32, 0x40);
    assertThat(refusal(50)).isEqualTo(DropReason.MALFORMED);
  }

  @Test
  void whatExceedsTheMtuIsTooBig() {
    v4(1421, 17);
    header(0, VirtioHeader.SINGLE, 0, 0, 0);
    assertThat(refusal(1421)).isEqualTo(DropReason.TOO_BIG);
    v4(6000, 6);
    tcp(20);
    header(1, VirtioHeader.TCP4, MTU - 52, 20, 16);
    assertThat(refusal(6000)).isNull();
    header(1, VirtioHeader.TCP4, MTU - 51, 20, 16);
    assertThat(refusal(6000)).isEqualTo(DropReason.TOO_BIG);
    v4(1420, 17);
    assertThat(packet.acceptPlain(slab, AT, 1420)).isTrue();
    v4(1421, 17);
    assertThat(packet.acceptPlain(slab, AT, 1421)).isFalse();
  }

  @Test
  void lengthsAreThoseOfThePacketNotOfTheRead() {
    v4(100, 17);
    assertThat(packet.acceptPlain(slab, AT, 120)).isTrue();
    assertThat(packet.length()).isEqualTo(100);
    assertThat(packet.acceptPlain(slab, AT, 99)).isFalse();
    assertThat(packet.acceptPlain(slab, AT, 0)).isFalse();
    assertThat(packet.acceptPlain(slab, AT, -10)).isFalse();
    Octets.u8(slab, AT, 0x55);
    assertThat(packet.acceptPlain(slab, AT, 120)).isFalse();
  }

  @Test
  void aUdpChecksumOfZeroIsWrittenAsItsOtherForm() {
    v4(30, 17);
    header(1, VirtioHeader.SINGLE, 0, 20, 6);
    Octets.u16(slab, AT + 20, 0xffff);
    assertThat(refusal(30)).isNull();
    assertThat(Octets.u16(slab, AT + 26)).isEqualTo(0xffff);
  }

  static LongStream seeds() {
    return Seeds.of(50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anythingIsJudgedWithoutTouchingWhatIsNotThePacket(long seed) {
    var random = new Random(seed);
    var bytes = new byte[4096];
    for (int i = 0; i < 2000; i++) {
      random.nextBytes(bytes);
      int length = random.nextInt(2000);
      biased(random, bytes, length);
      var memory = MemorySegment.ofArray(bytes.clone());
      boolean good = packet.acceptWithHeader(memory, AT, length);
      var after = memory.toArray(ValueLayout.JAVA_BYTE);
      int changed = Arrays.mismatch(bytes, after);
      if (!good) {
        assertThat(changed).as("a refused packet is not written to").isEqualTo(-1);
        continue;
      }
      assertThat(packet.length()).isBetween(20, length);
      if (packet.segmentSize() > 0) {
        assertThat(changed).as("a train is not written to").isEqualTo(-1);
        assertThat(packet.segmentSize()).isLessThan(packet.length());
      } else if (changed >= 0) {
        assertThat(changed).isBetween(AT + 20, AT + packet.length() - 1);
        bytes[changed] = after[changed];
        int second = Arrays.mismatch(bytes, after);
        assertThat(second).isIn(-1, changed + 1);
      }
    }
  }

  /** Makes random bytes look like a packet often enough to get past the first checks. */
  private static void biased(Random random, byte[] bytes, int length) {
    var memory = MemorySegment.ofArray(bytes);
    boolean v4 = random.nextBoolean();
    bytes[AT] = (byte) (v4 ? 0x45 : 0x60);
    Octets.u16(memory, AT + (v4 ? 2 : 4), Math.max(0, v4 ? length : length - 40));
    boolean tcp = random.nextBoolean();
    bytes[AT + (v4 ? 9 : 6)] = (byte) (tcp ? 6 : 17);
    int ip = v4 ? 20 : 40;
    if (v4) {
      Octets.u16(memory, AT + 6, 0);
    }
    Octets.u16(memory, AT + ip + (tcp ? 12 : 4), tcp ? 0x5010 : length - ip);
    int kind = tcp ? (v4 ? 1 : 4) : 5;
    VirtioHeader.write(
        memory,
        AT - VirtioHeader.BYTES,
        random.nextInt(2),
        random.nextBoolean() ? kind : random.nextInt(6),
        0,
        random.nextInt(1500),
        random.nextBoolean() ? ip : random.nextInt(2100),
        random.nextBoolean() ? (tcp ? 16 : 6) : random.nextInt(2100));
  }
}
