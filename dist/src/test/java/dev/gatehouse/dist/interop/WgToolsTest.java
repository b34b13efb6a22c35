package dev.gatehouse.dist.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The stock wg against a running gateway. */
@Tag("kernel")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(ScenarioList.class)
class WgToolsTest {

  private @Nullable Sites opened;
  private @Nullable Gate started;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    opened = Sites.open(directory);
    started = opened.gate().ready();
  }

  @AfterAll
  void close() throws IOException {
    if (opened != null) {
      opened.close();
    }
  }

  private Sites sites() {
    return Objects.requireNonNull(opened);
  }

  private Gate gate() {
    return Objects.requireNonNull(started);
  }

  @Test
  void bothSidesShowTheSameConnection() throws IOException {
    try (var client = sites().connected(gate())) {
      client.ping(Sites.INNER, "-c", "20", "-i", "0.01", "-s", "1300");
      Await.until(
          "equal counters",
          Sites.SOON,
          () -> {
            var here = client.peer(gate().publicKey());
            var there = gate().peer(client.publicKey);
            return here.sent() == there.received()
                && here.received() == there.sent()
                && here.sent() > 20 * 1300;
          },
          () -> gate().wg("show").all() + client.machine.run("wg", "show").all());
      var there = gate().peer(client.publicKey);
      int port =
          Integer.parseInt(
              client.machine.run("wg", "show", client.device, "listen-port").out().strip());
      assertThat(there.endpoint()).isEqualTo("198.51.100.2:" + port);
      assertThat(there.presharedKey()).isEqualTo("(none)");
      assertThat(there.keepalive()).isEqualTo("off");
      assertThat(there.allowedIps()).isEqualTo(String.join(",", client.addresses));
      assertThat(Math.abs(there.handshake() - client.peer(gate().publicKey()).handshake()))
          .isLessThanOrEqualTo(2);
      assertThat(gate().wg("show").out())
          .contains("interface: " + gate().device, "listening port: 51820", "latest handshake: ");
    }
  }

  @Test
  void theShownConfigurationSetAgainTouchesNoSession() throws IOException {
    try (var client = sites().connected(gate())) {
      var shown = gate().wg("showconf").out();
      assertThat(shown).contains("PrivateKey = " + gate().privateKey(), "ListenPort = 51820");
      var file = WireGuardGo.secret(sites().directory.resolve("shown.conf"), shown);
      var before = gate().peer(client.publicKey);
      long handshakes = gate().counter("handshakes");
      for (var command : new String[] {"setconf", "syncconf", "addconf"}) {
        var done = gate().wg(command, file.toString());
        assertThat(done.exitCode()).as(done.toString()).isZero();
      }
      assertThat(gate().wg("showconf").out()).isEqualTo(shown);
      assertThat(client.ping(Sites.INNER).all()).contains("1 received");
      assertThat(gate().counter("handshakes")).isEqualTo(handshakes);
      assertThat(gate().peer(client.publicKey).received()).isGreaterThan(before.received());
    }
  }

  @Test
  void syncconfAddsAndRemovesAndLeavesTheOthersAlone() throws IOException {
    try (var stays = sites().connected(gate());
        var goes = sites().connected(gate())) {
      Sites.route(stays);
      var name = "staying" + stays.address().replace('.', '-');
      gate().cli("resource", "add", name, "10.1.2.3/32");
      var id = clientId(stays);
      gate().cli("authorize", id, name, "--for", "1h");
      long handshakes = gate().counter("handshakes");
      var newKey = sites().client.run("sh", "-c", "wg genkey | wg pubkey").out().strip();
      var file =
          WireGuardGo.secret(
              sites().directory.resolve("sync.conf"),
              """
              [Interface]
              PrivateKey = %s
              ListenPort = 51820
              [Peer]
              PublicKey = %s
              AllowedIPs = %s
              [Peer]
              PublicKey = %s
              PersistentKeepalive = 25
              """
                  .formatted(
                      gate().privateKey(),
                      stays.publicKey,
                      String.join(",", stays.addresses),
                      newKey));
      var done = gate().wg("syncconf", file.toString());
      assertThat(done.exitCode()).as(done.toString()).isZero();
      assertThat(gate().wg("show", "peers").out().lines())
          .containsExactlyInAnyOrder(stays.publicKey, newKey);
      assertThat(gate().peer(newKey).keepalive()).isEqualTo("25");
      assertThat(gate().peer(newKey).allowedIps()).contains("100.64.0.", "fd00:6a7e::");
      assertThat(stays.ping(Sites.INNER).all()).contains("1 received");
      assertThat(gate().counter("handshakes")).isEqualTo(handshakes);
      assertThat(gate().cli("authorizations").out()).contains(id);
      assertThat(gate().cli("client", "list").out()).contains(id, "added with wg");
      Sites.route(goes);
      assertThat(goes.getsNothingFrom(Sites.INNER)).isTrue();
    }
  }

  private String clientId(WireGuardGo client) {
    var clients = gate().ask("/v1/clients");
    return clients.replaceAll(
        "(?s).*\"id\":\"([^\"]+)\",\"name\":\"[^\"]*\",\"public-key\":\""
            + java.util.regex.Pattern.quote(client.publicKey)
            + ".*",
        "$1");
  }

  @Test
  void removingAPeerEndsItsAccessAtOnce() throws IOException {
    try (var client = sites().connected(gate())) {
      gate().set("peer", client.publicKey, "remove");
      assertThat(gate().wg("show", "peers").out()).doesNotContain(client.publicKey);
      assertThat(client.getsNothingFrom(Sites.INNER)).isTrue();

      client.set("peer", gate().publicKey(), "remove");
      Sites.introduce(client, gate(), Sites.GATEWAY + ":" + gate().port);
      client.reaches(Sites.INNER, Sites.SOON);
    }
  }

  @Test
  void aPresharedKeyHoldsFromTheNextHandshakeOn() throws IOException {
    try (var client = sites().connected(gate())) {
      var psk =
          WireGuardGo.secret(
              sites().directory.resolve("psk"), sites().client.run("wg", "genpsk").out());
      gate().set("peer", client.publicKey, "preshared-key", psk.toString());
      assertThat(client.getsNothingFrom(Sites.INNER)).as("one side only").isTrue();
      client.set("peer", gate().publicKey(), "preshared-key", psk.toString());
      client.reaches(Sites.INNER, Sites.SOON);
      assertThat(gate().peer(client.publicKey).presharedKey())
          .isEqualTo(Files.readString(psk).strip());
    }
  }

  @Test
  void whatAGatewayDoesNotDoIsToldByWg() throws IOException {
    var key = sites().client.run("sh", "-c", "wg genkey | wg pubkey").out().strip();
    assertRefused("Operation not supported", "fwmark", "7");
    assertRefused("Operation not supported", "listen-port", "7");
    assertRefused("Operation not supported", "peer", key, "allowed-ips", "0.0.0.0/0");
    assertRefused("Cannot assign requested address", "peer", key, "allowed-ips", "10.1.2.3/32");
    var file =
        WireGuardGo.secret(
            sites().directory.resolve("other"), sites().client.run("wg", "genkey").out());
    assertRefused("Operation not supported", "private-key", file.toString());
    try (var client = sites().connected(gate())) {
      assertRefused(
          "Address already in use", "peer", key, "allowed-ips", client.addresses.getFirst());
    }
    assertThat(gate().wg("show", "peers").out()).doesNotContain(key);
    Await.until(
        "six refusals in the log",
        Sites.SOON,
        () -> gate().program().count("request by wg refused") >= 6,
        gate().program()::output);
  }

  private void assertRefused(String why, String... what) {
    var arguments = new String[what.length + 1];
    arguments[0] = gate().device;
    System.arraycopy(what, 0, arguments, 1, what.length);
    var command = new String[arguments.length + 2];
    command[0] = "wg";
    command[1] = "set";
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    var outcome = gate().machine.attempt(command);
    assertThat(outcome.succeeded()).as(outcome.toString()).isFalse();
    assertThat(outcome.err()).contains(why);
  }

  @Test
  void manyPeersAtOnceAreTakenAndShown() throws IOException {
    int count = Integer.getInteger("gatehouse.interop.peers", 300);
    var keys =
        sites()
            .client
            .run("sh", "-c", "for i in $(seq " + count + "); do wg genkey | wg pubkey; done")
            .out()
            .lines()
            .toList();
    var text = new StringBuilder();
    keys.forEach(key -> text.append("[Peer]\nPublicKey = ").append(key).append('\n'));
    var file = WireGuardGo.secret(sites().directory.resolve("many.conf"), text.toString());
    var done = gate().wg("addconf", file.toString());
    assertThat(done.exitCode()).as(done.toString()).isZero();
    System.out.println(count + " peers by wg addconf took " + done.took().toMillis() + " ms");
    assertThat(gate().wg("show", "peers").out().lines()).containsAll(keys);
    assertThat(gate().wg("show", "allowed-ips").out().lines().filter(line -> line.contains("/32")))
        .hasSizeGreaterThanOrEqualTo(count);
    var none =
        WireGuardGo.secret(
            sites().directory.resolve("none.conf"),
            "[Interface]\nPrivateKey = " + gate().privateKey() + "\n");
    var cleared = gate().wg("setconf", none.toString());
    assertThat(cleared.exitCode()).as(cleared.toString()).isZero();
    assertThat(gate().wg("show", "peers").out()).isBlank();
  }
}
