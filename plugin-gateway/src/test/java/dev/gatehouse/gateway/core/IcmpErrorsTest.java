package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.testkit.TrackingPool;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class IcmpErrorsTest {

  private final TrackingPool pool = new TrackingPool(2);

  /** Checksums computed apart from the engine; RFC 791, RFC 792. */
  @Test
  void prohibitedForIpv4IsByteExact() {
    var refused =
        Packets.hex(
            "4500 0020 1234 0000 4011 ffff 6440 0002 0a00 0001 8235 0035 000c 0000 6162 6364");

    assertThat(answer(refused, Verdict.Reply.PROHIBITED))
        .isEqualTo(
            Packets.hex(
                "4500 0038 0000 4000 1401 f882 0a00 0001 6440 0002"
                    + "030d 74d3 0000 0000"
                    + "4500 0020 1234 0000 4011 ffff 6440 0002 0a00 0001 8235 0035 000c 0000"));
  }

  @Test
  void unreachableForIpv4HasCodeZero() {
    var error = answer(Packets.udp("100.64.0.2", 1, "10.0.0.1", 2), Verdict.Reply.UNREACHABLE);

    assertThat(Arrays.copyOfRange(error, 20, 22)).containsExactly(3, 0);
    assertThat(sum(error, 0, 20, 0)).isEqualTo(0xffff);
    assertThat(sum(error, 20, error.length, 0)).isEqualTo(0xffff);
  }

  /** Checksums computed apart from the engine; RFC 8200, RFC 4443. */
  @Test
  void prohibitedForIpv6IsByteExact() {
    var refused =
        Packets.hex(
            "6000 0000 000a 1140 fd00 2021 1111 0000 0000 0000 0000 0002"
                + "2001 0db8 0000 0000 0000 0000 0000 0001 8235 0035 000a 0000 6162");

    assertThat(answer(refused, Verdict.Reply.PROHIBITED))
        .isEqualTo(
            Packets.join(
                Packets.hex(
                    "6000 0000 003a 3a14 2001 0db8 0000 0000 0000 0000 0000 0001"
                        + "fd00 2021 1111 0000 0000 0000 0000 0002 0101 f18a 0000 0000"),
                refused));
  }

  @Test
  void unreachableForIpv6HasCodeThree() {
    var error =
        answer(Packets.udp("fd00:2021:1111::2", 1, "2001:db8::1", 2), Verdict.Reply.UNREACHABLE);

    assertThat(Arrays.copyOfRange(error, 40, 42)).containsExactly(1, 3);
    assertThat(pseudoSum(error)).isEqualTo(0xffff);
  }

  @Test
  void ipv4QuotesOptionsAndEightBytes() {
    var packet =
        Packets.ipV4(
            Packets.address("100.64.0.2"),
            Packets.address("10.0.0.1"),
            IpPacket.TCP,
            new byte[] {1, 1, 1, 1, 7, 4, 4, 0},
            0,
            Packets.transport(IpPacket.TCP, 1, 2, 100));

    var error = answer(packet, Verdict.Reply.PROHIBITED);

    assertThat(error).hasSize(28 + 28 + 8);
    assertThat(Arrays.copyOfRange(error, 28, error.length)).isEqualTo(Arrays.copyOf(packet, 36));
  }

  @Test
  void ipv4QuotesWhatThereIsOfAShortPacket() {
    var packet =
        Packets.ip(
            Packets.address("100.64.0.2"), Packets.address("10.0.0.1"), 47, new byte[] {1, 2, 3});

    var error = answer(packet, Verdict.Reply.PROHIBITED);

    assertThat(error).hasSize(28 + 23);
    assertThat(sum(error, 20, error.length, 0)).isEqualTo(0xffff);
  }

  @Test
  void ipv6QuotesUpTo1280Bytes() {
    var packet =
        Packets.ip(
            Packets.address("fd00:2021:1111::2"),
            Packets.address("2001:db8::1"),
            IpPacket.UDP,
            Packets.transport(IpPacket.UDP, 1, 2, 1372));

    var error = answer(packet, Verdict.Reply.PROHIBITED);

    assertThat(error).hasSize(1280);
    assertThat(pseudoSum(error)).isEqualTo(0xffff);
  }

  @Test
  void nothingIsAnsweredThatMustNotBe() {
    assertThat(mayAnswer(Packets.udp("100.64.0.2", 1, "10.0.0.1", 2))).isTrue();
    assertThat(mayAnswer(Packets.udp("0.0.0.0", 1, "10.0.0.1", 2))).isFalse();
    assertThat(mayAnswer(Packets.udp("127.0.0.1", 1, "10.0.0.1", 2))).isFalse();
    assertThat(mayAnswer(Packets.udp("224.0.0.1", 1, "10.0.0.1", 2))).isFalse();
    assertThat(mayAnswer(Packets.udp("255.255.255.255", 1, "10.0.0.1", 2))).isFalse();
    assertThat(mayAnswer(Packets.udp("100.64.0.2", 1, "224.0.0.251", 2))).isFalse();
    assertThat(mayAnswer(Packets.udp("::", 1, "2001:db8::1", 2))).isFalse();
    assertThat(mayAnswer(Packets.udp("::1", 1, "2001:db8::1", 2))).isFalse();
    assertThat(mayAnswer(Packets.udp("ff02::1", 1, "2001:db8::1", 2))).isFalse();
    assertThat(mayAnswer(Packets.ping("100.64.0.2", "10.0.0.1", 7))).isTrue();
    var from = Packets.address("100.64.0.2");
    var to = Packets.address("10.0.0.1");
    var error = Packets.icmp(3, 1, 0, Packets.udp("10.0.0.1", 1, "100.64.0.2", 2));
    assertThat(mayAnswer(Packets.ip(from, to, IpPacket.ICMP, error))).isFalse();
    var later = Packets.ipV4(from, to, IpPacket.UDP, new byte[0], 1, new byte[16]);
    assertThat(mayAnswer(later)).isFalse();
    var first = Packets.ipV4(from, to, IpPacket.UDP, new byte[0], 0x2000, udpOf64Bytes());
    assertThat(mayAnswer(first)).isTrue();
  }

  @Test
  void aFullBatchIsLeftAlone() {
    try (var source = pool.acquire();
        var target = pool.acquire()) {
      var view = view(source, Packets.udp("100.64.0.2", 1, "10.0.0.1", 2));
      for (int i = 0; i < PacketBatch.CAPACITY; i++) {
        assertThat(IcmpErrors.write(view, Verdict.Reply.PROHIBITED, target, 1)).isTrue();
      }
      assertThat(IcmpErrors.write(view, Verdict.Reply.PROHIBITED, target, 1)).isFalse();
      assertThat(target.size()).isEqualTo(PacketBatch.CAPACITY);
    }
    pool.assertAllReturned();
  }

  private static byte[] udpOf64Bytes() {
    return Packets.transport(IpPacket.UDP, 1, 2, 56);
  }

  private boolean mayAnswer(byte[] packet) {
    try (var batch = pool.acquire()) {
      return IcmpErrors.mayAnswer(view(batch, packet));
    }
  }

  private static IpPacket view(PacketBatch batch, byte[] packet) {
    int index = Packets.add(batch, packet, 5);
    var view = new IpPacket();
    assertThat(view.parse(batch.slab(), batch.offset(index), batch.length(index), false)).isTrue();
    return view;
  }

  private byte[] answer(byte[] refused, Verdict.Reply reply) {
    try (var source = Objects.requireNonNull(pool.tryAcquire());
        var target = Objects.requireNonNull(pool.tryAcquire())) {
      assertThat(IcmpErrors.write(view(source, refused), reply, target, 5)).isTrue();
      assertThat(target.size()).isEqualTo(1);
      assertThat(target.peer(0)).isEqualTo(5);
      return Packets.bytes(target, 0);
    }
  }

  /** The folded sum of 16-bit words, 0xffff where a checksum in it is right. */
  private static int sum(byte[] bytes, int from, int to, int initial) {
    long sum = initial;
    for (int i = from; i < to; i++) {
      sum += (bytes[i] & 0xffL) << ((i - from) % 2 == 0 ? 8 : 0);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  private static int pseudoSum(byte[] packet) {
    int length = ByteBuffer.wrap(packet).getShort(4) & 0xffff;
    int pseudo = sum(packet, 8, 40, 0) + length + IpPacket.ICMP_V6;
    return sum(packet, 40, packet.length, pseudo);
  }
}
