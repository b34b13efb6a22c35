package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.gateway.core.ControlMessage;
import dev.gatehouse.gateway.core.DnsMessage;
import dev.gatehouse.gateway.core.DnsMessageTest;
import dev.gatehouse.gateway.core.Packets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Resources that are names of the DNS, from the control message or query to the packet. */
class NamesTest {

  private static final List<IpAddress> PROXIES =
      Stream.of(
              "100.96.0.1",
              "100.96.0.2",
              "100.96.0.3",
              "100.96.0.4",
              "fd00:2021:1111:8000::",
              "fd00:2021:1111:8000::1",
              "fd00:2021:1111:8000::2",
              "fd00:2021:1111:8000::3")
          .map(IpAddress::parse)
          .toList();

  @TempDir private Path directory;
  private Bench bench;

  @BeforeEach
  void open() {
    bench = new Bench(directory);
    bench.store.put(Bench.client("laptop", 10));
    bench.store.put(Bench.client("phone", 11));
    bench.store.put(Bench.resource("git", "*.acme.internal", "tcp/443"));
    bench.upstream.knows("git.acme.internal", "10.20.0.5", "10.20.0.6");
    bench.started();
    bench.authorize("laptop", "git", null);
  }

  @AfterEach
  void close() {
    bench.close();
  }

  /** Sends AssignedIps and returns the status that comes back. */
  private String assign(String client, String resource, String domain) {
    var message = new ControlMessage.AssignedIps(new ResourceId(resource), domain, PROXIES);
    assertThat(bench.fromClient(client, message.packet())).isEmpty();
    bench.shard.run();
    return bench.taken(Lane.TO_TUNNEL, bench.handle(client)).stream()
        .map(packet ->
            new String(
                Arrays.copyOfRange(packet, ControlMessage.HEADERS, packet.length),
                StandardCharsets.UTF_8))
        .findFirst()
        .orElse("nothing");
  }

  private static byte[] tcp(String to, int port) {
    return Packets.tcp("100.64.0.10", 40000, to, port);
  }

  private static IpAddress destination(byte[] packet) {
    return IpAddress.of(Arrays.copyOfRange(packet, 16, 20));
  }

  private static IpAddress source(byte[] packet) {
    return IpAddress.of(Arrays.copyOfRange(packet, 12, 16));
  }

  @Test
  void assignedAddressesLeadToTheRealOnesAndBack() {
    assertThat(assign("laptop", "git", "git.acme.internal")).contains("\"Active\"");

    var out = bench.fromClient("laptop", tcp("100.96.0.2", 443));
    assertThat(out).hasSize(1);
    assertThat(destination(out.getFirst())).hasToString("10.20.0.6");
    var back = bench.toClient("laptop", Packets.tcp("10.20.0.6", 443, "100.64.0.10", 40000));
    assertThat(back).hasSize(1);
    assertThat(source(back.getFirst())).hasToString("100.96.0.2");
  }

  @Test
  void theFiltersOfTheResourceHold() {
    assign("laptop", "git", "git.acme.internal");

    assertThat(bench.passes("laptop", tcp("100.96.0.1", 22))).isFalse();
    assertThat(bench.passes("laptop", tcp("10.20.0.5", 443))).as("past the name").isFalse();
    assertThat(bench.toClient("laptop", Packets.tcp("10.20.0.5", 443, "100.64.0.10", 9))).isEmpty();
  }

  @Test
  void proxyAddressesAreEachClientsOwn() {
    assign("laptop", "git", "git.acme.internal");
    bench.authorize("phone", "git", null);

    assertThat(bench.passes("phone", Packets.tcp("100.64.0.11", 1, "100.96.0.1", 443))).isFalse();
  }

  @Test
  void whatIsNotAuthorizedOrNotOfTheResourceIsInactive() {
    assertThat(assign("phone", "git", "git.acme.internal")).contains("\"Inactive\"");
    assertThat(assign("laptop", "git", "git.example.com")).contains("\"Inactive\"");
    assertThat(assign("laptop", "none", "git.acme.internal")).contains("\"Inactive\"");
    assertThat(bench.upstream.resolved).isZero();
    assertThat(bench.passes("phone", Packets.tcp("100.64.0.11", 1, "100.96.0.1", 443))).isFalse();
  }

  @Test
  void aNameWithoutAddressIsActiveAndItsPacketsUnreachable() {
    assertThat(assign("laptop", "git", "gone.acme.internal")).contains("\"Active\"");

    assertThat(bench.fromClient("laptop", tcp("100.96.0.1", 443))).isEmpty();
    var errors = bench.taken(Lane.TO_TUNNEL, bench.handle("laptop"));
    assertThat(Arrays.copyOfRange(errors.getFirst(), 20, 22)).containsExactly(3, 0);
  }

  @Test
  void aDeadNameServerIsLikeANameWithoutAddress() {
    bench.upstream.dead = true;

    assertThat(assign("laptop", "git", "git.acme.internal")).contains("\"Active\"");
    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isFalse();
    bench.upstream.dead = false;
    assign("laptop", "git", "git.acme.internal");
    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isTrue();
  }

  @Test
  void revocationAndExpiryEndTranslatedAccessToo() {
    assign("laptop", "git", "git.acme.internal");
    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isTrue();

    bench.store.revoke(Bench.key("laptop", "git"));
    bench.shard.run();

    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isFalse();
    assertThat(bench.toClient("laptop", Packets.tcp("10.20.0.5", 443, "100.64.0.10", 40000)))
        .isEmpty();
  }

  @Test
  void aResourceThatGetsAnotherPatternLosesItsOldNames() {
    assign("laptop", "git", "git.acme.internal");

    bench.store.put(Bench.resource("git", "*.example.com", "tcp/443"));
    bench.shard.run();

    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isFalse();
  }

  @Test
  void namesNeverLeadToTheGatewayItsClientsOrTheLink() {
    bench.upstream.knows(
        "trap.acme.internal",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.11",
        "100.96.0.9",
        "0.0.0.0",
        "::1",
        "fe80::1",
        "fd00:2021:1111::11");

    assign("laptop", "git", "trap.acme.internal");

    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isFalse();
    assertThat(bench.status("translated-sessions")).isZero();
  }

  @Test
  void proxyAddressesOutsideOfTheirNetworksAreRefused() {
    var proxies =
        Stream.of("10.20.0.1", "10.20.0.2", "10.20.0.3", "10.20.0.4")
            .map(IpAddress::parse)
            .toList();
    var message =
        new ControlMessage.AssignedIps(new ResourceId("git"), "git.acme.internal", proxies);
    bench.fromClient("laptop", message.packet());
    bench.shard.run();
    assertThat(new String(bench.taken(Lane.TO_TUNNEL, -1).getFirst(), StandardCharsets.UTF_8))
        .contains("Inactive");
    assertThat(bench.passes("laptop", tcp("10.20.0.1", 443))).isFalse();
  }

  @Test
  void aFloodOfControlMessagesIsLimited() {
    var message =
        new ControlMessage.AssignedIps(new ResourceId("git"), "git.acme.internal", PROXIES)
            .packet();
    for (int i = 0; i < 1000; i++) {
      bench.fromClient("laptop", message);
    }
    assertThat(bench.status("control-messages")).isEqualTo(20);
    assertThat(bench.upstream.resolved).isEqualTo(1);
    bench.shard.run();
    bench.taken(Lane.TO_TUNNEL, -1);
  }

  @Test
  void aClientThatSaysGoodbyeStartsAnewAndKeepsItsAuthorizations() {
    assign("laptop", "git", "git.acme.internal");
    bench.fromClient("laptop", new ControlMessage.Goodbye().packet());

    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isFalse();
    assertThat(assign("laptop", "git", "git.acme.internal")).contains("\"Active\"");
    assertThat(bench.passes("laptop", tcp("100.96.0.1", 443))).isTrue();
  }

  @Test
  void whoeverSpeaksTheProtocolHearsGoodbyeWithTheLastAuthorization() {
    assign("laptop", "git", "git.acme.internal");

    bench.store.revoke(Bench.key("laptop", "git"));
    bench.shard.advance(Duration.ofSeconds(5));

    var goodbye = new ControlMessage.Goodbye().packet();
    assertThat(bench.taken(Lane.TO_TUNNEL, -1)).containsExactly(goodbye);
  }

  // The gateway as name server.

  private byte[] ask(String client, String name, int type) {
    var from =
        bench.store.contents().clients().stream()
            .filter(each -> each.id().value().equals(client))
            .findFirst()
            .orElseThrow()
            .addresses()
            .v4()
            .orElseThrow();
    return bench.stage.nameService().answer(from, DnsMessageTest.query(name, type), false).result();
  }

  private static List<IpAddress> addresses(byte[] answer, String name, int bytes) {
    var found = new ArrayList<IpAddress>();
    int at = DnsMessageTest.query(name, 1).length;
    for (int i = ByteBuffer.wrap(answer).getShort(6); i > 0; i--) {
      found.add(IpAddress.of(Arrays.copyOfRange(answer, at + 12, at + 12 + bytes)));
      at += 12 + bytes;
    }
    return found;
  }

  private static int code(byte[] answer) {
    return answer[3] & 15;
  }

  @Test
  void aStockClientGetsProxyAddressesByAskingTheGateway() {
    var answer = ask("laptop", "git.acme.internal", DnsMessage.A);
    var given = addresses(answer, "git.acme.internal", 4);

    assertThat(given).hasSize(4);
    for (var proxy : given) {
      var out = bench.fromClient("laptop", tcp(proxy.toString(), 443));
      assertThat(out).hasSize(1);
      assertThat(destination(out.getFirst()).toString()).startsWith("10.20.0.");
    }
    assertThat(addresses(ask("laptop", "git.acme.internal", DnsMessage.A), "git.acme.internal", 4))
        .isEqualTo(given);
    assertThat(code(ask("laptop", "git.acme.internal", DnsMessage.AAAA))).isZero();
    assertThat(addresses(ask("laptop", "git.acme.internal", 28), "git.acme.internal", 16))
        .isEmpty();
  }

  @Test
  void reResolutionKeepsTheFlowsThereAre() {
    var proxy =
        addresses(ask("laptop", "git.acme.internal", DnsMessage.A), "git.acme.internal", 4)
            .getFirst()
            .toString();
    assertThat(destination(bench.fromClient("laptop", tcp(proxy, 443)).getFirst()))
        .hasToString("10.20.0.5");

    bench.upstream.knows("git.acme.internal", "10.30.0.1");
    bench.shard.advance(Duration.ofSeconds(11));
    ask("laptop", "git.acme.internal", DnsMessage.A);

    assertThat(destination(bench.fromClient("laptop", tcp(proxy, 443)).getFirst()))
        .hasToString("10.20.0.5");
    var fresh = Packets.tcp("100.64.0.10", 40001, proxy, 443);
    assertThat(destination(bench.fromClient("laptop", fresh).getFirst())).hasToString("10.30.0.1");
  }

  @Test
  void namesOfResourcesOneMayNotReachAreRefusedAndOthersForwarded() {
    assertThat(code(ask("phone", "git.acme.internal", DnsMessage.A))).isEqualTo(DnsMessage.REFUSED);
    assertThat(bench.upstream.forwarded).isZero();

    ask("phone", "www.example.org", DnsMessage.A);
    ask("laptop", "git.acme.internal", 16);
    assertThat(bench.upstream.forwarded).isEqualTo(2);
  }

  @Test
  void theOtherTypesAreAnsweredAsTheyMust() {
    assertThat(code(ask("laptop", "none.acme.internal", DnsMessage.A)))
        .isEqualTo(DnsMessage.NO_SUCH_NAME);
    assertThat(code(ask("laptop", "git.acme.internal", DnsMessage.HTTPS))).isZero();
    assertThat(code(ask("laptop", "use-application-dns.net", DnsMessage.A)))
        .isEqualTo(DnsMessage.NO_SUCH_NAME);
    var proxy =
        addresses(ask("laptop", "git.acme.internal", DnsMessage.A), "git.acme.internal", 4)
            .getFirst();
    var b = proxy.bytes();
    var reversed =
        "%d.%d.%d.%d.in-addr.arpa".formatted(b[3] & 255, b[2] & 255, b[1] & 255, b[0] & 255);
    assertThat(new String(ask("laptop", reversed, DnsMessage.PTR), StandardCharsets.ISO_8859_1))
        .contains("git\u0004acme");
  }

  @Test
  void withoutNameServersTheAnswerIsAFailureAndNotANo() {
    bench.upstream.dead = true;
    assertThat(code(ask("laptop", "git.acme.internal", DnsMessage.A)))
        .isEqualTo(DnsMessage.SERVER_FAILURE);
    assertThat(code(ask("laptop", "www.example.org", DnsMessage.A)))
        .isEqualTo(DnsMessage.SERVER_FAILURE);
    assertThat(bench.status("names-failed")).isEqualTo(2);
  }

  @Test
  void strangersGetNoAnswer() {
    var service = bench.stage.nameService();
    var query = DnsMessageTest.query("git.acme.internal", DnsMessage.A);
    assertThat(service.answer(IpAddress.parse("10.0.0.1"), query, false).failed()).isTrue();
    assertThat(service.answer(IpAddress.parse("100.64.0.10"), new byte[3], false).failed())
        .isTrue();
  }
}
