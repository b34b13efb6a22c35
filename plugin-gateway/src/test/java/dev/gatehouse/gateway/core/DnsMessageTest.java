package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

public class DnsMessageTest {

  /** A query as a stub resolver sends it. */
  public static byte[] query(String name, int type) {
    var buffer = ByteBuffer.allocate(512);
    buffer.putShort((short) 0xbeef).putShort((short) 0x0100).putShort((short) 1).position(12);
    for (var label : name.split("\\.", -1)) {
      var bytes = label.getBytes(StandardCharsets.UTF_8);
      buffer.put((byte) bytes.length).put(bytes);
    }
    buffer.put((byte) 0).putShort((short) type).putShort((short) 1);
    return java.util.Arrays.copyOf(buffer.array(), buffer.position());
  }

  @Test
  void readsTheQuestion() {
    var message = DnsMessage.query(query("Git.Example.COM", DnsMessage.A)).orElseThrow();

    assertThat(message.name()).isEqualTo("git.example.com");
    assertThat(message.type()).isEqualTo(DnsMessage.A);
  }

  @Test
  void answersWithTheQuestionAndAddresses() {
    var query = query("git.example.com", DnsMessage.A);
    var answer =
        ByteBuffer.wrap(
            DnsMessage.query(query)
                .orElseThrow()
                .addresses(List.of(IpAddress.parse("100.96.0.4"), IpAddress.parse("100.96.0.5"))));

    assertThat(answer.getShort(0)).isEqualTo((short) 0xbeef);
    assertThat(answer.getShort(2)).isEqualTo((short) 0x8180);
    assertThat(answer.getShort(4)).isEqualTo((short) 1);
    assertThat(answer.getShort(6)).isEqualTo((short) 2);
    int record = query.length;
    assertThat(answer.getShort(record)).isEqualTo((short) 0xc00c);
    assertThat(answer.getInt(record + 6)).as("seconds").isEqualTo(1);
    assertThat(answer.getInt(record + 12)).isEqualTo(IpAddress.parse("100.96.0.4").v4Value());
    assertThat(answer.capacity()).isEqualTo(record + 2 * 16);
  }

  @Test
  void readsReversedAddresses() {
    assertThat(reversed("4.0.96.100.in-addr.arpa")).hasToString("Optional[100.96.0.4]");
    var nibbles = "1." + "0.".repeat(23) + "0.0.0.0.2.0.d.f";
    assertThat(reversed(nibbles + ".ip6.arpa")).hasToString("Optional[fd02::1]");
    assertThat(reversed("x.0.96.100.in-addr.arpa")).isEmpty();
    assertThat(reversed("example.com")).isEmpty();
  }

  private static java.util.Optional<IpAddress> reversed(String name) {
    return DnsMessage.query(query(name, DnsMessage.PTR)).orElseThrow().reversed();
  }

  @Test
  void namesThatAreNoHostNamesMatchNothing() {
    assertThat(DnsMessage.query(query("a b.example.com", 1)).orElseThrow().name()).isEmpty();
    assertThat(DnsMessage.query(query("é.example.com", 1)).orElseThrow().name()).isEmpty();
  }

  @Test
  void whateverArrivesIsReadOrRefusedButNeverFails() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("seed " + seed);
    var random = new Random(seed);
    var sound = query("git.example.com", DnsMessage.AAAA);
    for (int i = 0; i < 100_000; i++) {
      var bytes = java.util.Arrays.copyOf(sound, random.nextInt(sound.length + 20));
      for (int changes = random.nextInt(4); changes > 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      DnsMessage.query(bytes)
          .ifPresent(message -> {
            assertThat(message.answer(DnsMessage.REFUSED)).hasSizeLessThanOrEqualTo(bytes.length);
            message.reversed();
          });
      ControlMessage.read(random.nextInt(3), bytes);
    }
  }

  @Test
  void namesGetTheSameProxyAddressesAgainAndNoOthersDo() {
    var proxies =
        new ProxyAddresses(
            List.of(Cidr.parse("100.96.0.0/11"), Cidr.parse("fd00:2021:1111:8000::/107")));
    var nat = new ClientNat(1);
    var members =
        List.of(
            new Translation.Member(
                new dev.gatehouse.api.model.ResourceId("all"), "**.example.com"));
    var seen = new HashSet<IpAddress>();
    for (int i = 0; i < 1000; i++) {
      var domain = "host" + i + ".example.com";
      var given = proxies.of(domain, nat.translations());
      assertThat(given).hasSize(8).allMatch(seen::add);
      assertThat(given.subList(0, 4)).allMatch(Cidr.parse("100.96.0.0/11")::contains);
      assertThat(given).noneMatch(Cidr.parse("100.100.111.0/24")::contains);
      assertThat(nat.setUp(domain, members, List.of(), given)).isTrue();
      assertThat(proxies.of(domain, nat.translations())).isEqualTo(given);
      assertThat(proxies.of(domain, Translations.NONE).size()).isEqualTo(8);
    }
    assertThat(nat.translations().size()).isEqualTo(8000);
  }
}
