package dev.gatehouse.relay.core.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.Stun;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which peers are let through, over the wire with the defaults. */
class PolicyTest {

  private static final List<IpAddress> OWN =
      List.of(IpAddress.parse("52.1.2.3"), IpAddress.parse("2600::77"));

  private final Lab lab = new Lab(Lab.settings(), PeerPolicy.defaults(OWN), 1);
  private final Guest alice = new Guest(lab, "203.0.113.5:40000");

  PolicyTest() {
    alice.allocateBoth();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.0.0.1",
        "0.1.2.3",
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "100.100.100.200",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.19.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "52.1.2.3"
      })
  void deniedIpv4Peers(String peer) {
    denied(peer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "2002:7f00:1::",
        "2002:808:808::1",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::808:808",
        "::ffff:0:8.8.8.8",
        "2001:0:53aa:64c:0:1234:f5ff:fffe",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "ff02::1",
        "ff0e::1",
        "100::1",
        "2001:db8::9",
        "2600::5efe:127.0.0.1",
        "2600::200:5efe:10.0.0.1",
        "2600::77"
      })
  void deniedIpv6Peers(String peer) {
    denied("[" + peer + "]");
  }

  private void denied(String peer) {
    assertThat(alice.bind(0x4001, peer + ":5000")).isEqualTo(403);
    assertThat(alice.permit(peer)).isEqualTo(403);
    assertThat(alice.send(peer + ":5000", new byte[3]).verdict()).isZero();
    assertThat(lab.server().permissions()).isZero();
    assertThat(lab.server().channels()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"8.8.8.8", "[2600::1]", "[2001:4860:4860::8888]", "172.32.0.1", "11.0.0.1"})
  void publicPeersAreFine(String peer) {
    assertThat(alice.permit(peer)).isZero();
    assertThat(alice.bind(0x4001, peer + ":5000")).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, 403",
    "127.0.0.2, 403",
    "0.0.0.0, 403",
    "169.254.169.254, 403",
    "10.0.0.1, 403",
    "8.8.8.8, 400"
  })
  void mappedAddressesAreNeverRelayedTo(String inside, int code) {
    var answer =
        alice.call(
            Stun.CHANNEL_BIND,
            to -> {
              to.number(Stun.CHANNEL_NUMBER, 0x4001_0000);
              to.value(Stun.XOR_PEER_ADDRESS, mapped(to.bytes(), inside));
            });
    assertThat(Guest.code(answer)).isEqualTo(code);
    assertThat(lab.server().channels()).isZero();
  }

  private static byte[] mapped(byte[] message, String inside) {
    var value = new byte[20];
    value[1] = Stun.IPV6;
    value[2] = 0x13;
    int v4 = IpAddress.parse(inside).v4Value();
    for (int i = 0; i < 16; i++) {
      int plain = i < 10 ? 0 : i < 12 ? 0xff : v4 >>> (8 * (15 - i));
      value[4 + i] = (byte) (plain ^ message[4 + i]);
    }
    return value;
  }

  @Test
  void ourOwnAddressIsForRelayedPortsAlone() {
    assertThat(alice.bind(0x4001, Lab.RELAY_V4 + ":3478")).isEqualTo(403);
    assertThat(alice.bind(0x4001, Lab.RELAY_V4 + ":8080")).isEqualTo(403);
    assertThat(alice.bind(0x4001, Lab.RELAY_V4 + ":50000")).isZero();
    assertThat(alice.permit(Lab.RELAY_V4.toString())).isZero();
    assertThat(alice.send(Lab.RELAY_V4 + ":3478", new byte[3]).verdict()).isZero();
    assertThat(lab.server().counters().dropped(TurnDrop.DENIED_PEER)).isOne();
  }

  @Test
  void privatePeersCanBeSwitchedOnAndWhatEndangersTheMachineCannot() {
    var open = new PeerPolicy(true, false, List.of(Cidr.parse("0.0.0.0/0")), List.of(), OWN);
    assertThat(allows(open, "10.0.0.1")).isTrue();
    assertThat(allows(open, "fd00::1")).isTrue();
    assertThat(allows(open, "127.0.0.1")).isFalse();
    assertThat(allows(open, "169.254.169.254")).isFalse();
    assertThat(allows(open, "fd00:ec2::254")).isFalse();
    assertThat(allows(open, "52.1.2.3")).isFalse();
    assertThat(allows(open, "2002:a00:1::")).isFalse();
  }

  @Test
  void allowedNetworksComeBeforeDeniedOnesAndDeniedOnesBeforeTheRest() {
    var policy =
        new PeerPolicy(
            false,
            false,
            List.of(Cidr.parse("10.1.0.0/16"), Cidr.parse("8.8.8.8/32")),
            List.of(Cidr.parse("8.0.0.0/8"), Cidr.parse("2a00::/16")),
            List.of());
    assertThat(allows(policy, "10.1.2.3")).isTrue();
    assertThat(allows(policy, "10.2.2.3")).isFalse();
    assertThat(allows(policy, "8.8.8.8")).isTrue();
    assertThat(allows(policy, "8.8.4.4")).isFalse();
    assertThat(allows(policy, "2a00::1")).isFalse();
    assertThat(allows(policy, "9.9.9.9")).isTrue();
  }

  @Test
  void localPeersAreForTests() {
    var local = new PeerPolicy(false, true, List.of(), List.of(), OWN);
    assertThat(allows(local, "127.0.0.1")).isTrue();
    assertThat(allows(local, "::1")).isTrue();
    assertThat(allows(local, "52.1.2.3")).isTrue();
    assertThat(allows(local, "0.0.0.0")).isFalse();
    assertThat(allows(local, "169.254.169.254")).isFalse();
    assertThat(allows(local, "10.0.0.1")).isFalse();
  }

  private static boolean allows(PeerPolicy policy, String address) {
    var parsed = IpAddress.parse(address);
    return policy.allows(parsed.high(), parsed.low());
  }
}
