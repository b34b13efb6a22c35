package dev.gatehouse.launcher.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.launcher.cli.Keys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClientAddCommandTest extends RemoteTest {

  private static final String KEY = "YWxpY2VhbGljZWFsaWNlYWxpY2VhbGljZWFsaWNlYWw=";

  @BeforeEach
  void answerAdd() {
    gateway.on(
        "POST /v1/clients",
        201,
        "{\"client\": {\"id\": \"alice\", \"addresses\": [\"10.99.0.2\", \"fd99::2\"]},"
            + SETTINGS
            + "}");
  }

  private String field(String name) {
    return out.lines()
        .filter(line -> line.startsWith(name + " = "))
        .map(line -> line.substring(name.length() + 3))
        .findFirst()
        .orElse("");
  }

  @Test
  void clientThatAsksTheGatewayForNamesHasAllItNeeds() {
    assertThat(gatehouse("client", "add", "alice", "--dns")).isZero();

    assertThat(field("DNS")).isEqualTo("10.99.0.1, fd99::1");
    assertThat(field("AllowedIPs"))
        .isEqualTo(
            "10.99.0.1/32, fd99::1/128, 10.0.0.0/8, fd00:1::/32, 100.96.0.0/11,"
                + " fd00:2021:1111:8000::/107");

    assertThat(gatehouse("client", "add", "alice", "--dns", "--allowed-ips", "10.1.0.0/16"))
        .isZero();
    assertThat(field("AllowedIPs"))
        .isEqualTo(
            "10.1.0.0/16, 10.99.0.1/32, fd99::1/128, 100.96.0.0/11, fd00:2021:1111:8000::/107");
  }

  @Test
  void configurationIsWhatWgQuickReads() {
    assertThat(gatehouse("client", "add", "alice", "--preshared")).isZero();

    assertThat(
            out.replace(field("PrivateKey"), "PRIVATE").replace(field("PresharedKey"), "PRESHARED"))
        .isEqualTo(
            """
            # alice, a client of Gatehouse
            [Interface]
            PrivateKey = PRIVATE
            Address = 10.99.0.2/32, fd99::2/128
            MTU = 1420

            [Peer]
            PublicKey = R2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWg=
            PresharedKey = PRESHARED
            Endpoint = 192.0.2.1:51820
            AllowedIPs = 10.99.0.1/32, fd99::1/128, 10.0.0.0/8, fd00:1::/32
            PersistentKeepalive = 25
            """);
    assertThat(err).isEmpty();
  }

  @Test
  void privateKeyStaysHere() {
    gatehouse("client", "add", "alice", "--preshared");

    var sent = gateway.bodies().getFirst();
    var privateKey = field("PrivateKey");
    try (var secret = SecretKey.parse(privateKey.getBytes(StandardCharsets.US_ASCII))) {
      assertThat(sent.text("public-key")).isEqualTo(Keys.publicKey(secret).toString());
    }
    assertThat(sent.text("preshared-key")).isEqualTo(field("PresharedKey"));
    assertThat(sent.fields().toString()).doesNotContain(privateKey);
    assertThat(sent.fields().keySet()).containsExactly("id", "public-key", "preshared-key");
  }

  @Test
  void twoClientsGetDifferentKeys() {
    gatehouse("client", "add", "alice");
    var first = field("PrivateKey");
    gatehouse("client", "add", "bob");
    assertThat(field("PrivateKey")).hasSize(44).isNotEqualTo(first);
  }

  @Test
  void optionsArriveWhereTheyBelong() {
    int code =
        gatehouse(
            "client",
            "add",
            "alice",
            "--name",
            "Alice's phone",
            "--public-key",
            KEY,
            "--endpoint",
            "vpn.example.com:4000",
            "--address",
            "10.99.0.7",
            "--address",
            "fd99::7",
            "--allowed-ips",
            "0.0.0.0/0,::/0",
            "--keepalive",
            "0");

    assertThat(code).as(err).isZero();
    var sent = gateway.bodies().getFirst();
    assertThat(sent.text("name")).isEqualTo("Alice's phone");
    assertThat(sent.text("public-key")).isEqualTo(KEY);
    assertThat(sent.texts("addresses")).isEqualTo(List.of("10.99.0.7", "fd99::7"));
    assertThat(out)
        .contains("Endpoint = vpn.example.com:4000\n")
        .contains("AllowedIPs = 0.0.0.0/0, ::/0\n")
        .contains("# Add the private key that belongs to " + KEY + ":\n# PrivateKey = \n")
        .doesNotContain("PersistentKeepalive");
  }

  @Test
  void fileIsForOwnerOnly() throws IOException {
    var file = directory.resolve("alice.conf");
    assertThat(gatehouse("client", "add", "alice", "--out", file.toString())).isZero();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file).content().contains("[Interface]\nPrivateKey = ");
    assertThat(out).isEqualTo("Added client alice; its configuration is in " + file + ".\n");
  }

  @Test
  void existingFileIsRefusedBeforeAnythingIsChanged() throws IOException {
    var file = Files.writeString(directory.resolve("alice.conf"), "precious");

    assertThat(gatehouse("client", "add", "alice", "--out", file.toString())).isEqualTo(5);
    assertThat(err).contains("exists already").hasLineCount(1);
    assertThat(file).hasContent("precious");
    assertThat(gateway.asked()).doesNotContain("POST /v1/clients");
  }

  @Test
  void refusedClientLeavesNoFile() {
    var file = directory.resolve("alice.conf");
    gateway.on(
        "POST /v1/clients",
        409,
        "{\"code\":\"GH-REQUEST-002\",\"problem\":\"There is one.\",\"fix\":\"Choose.\"}");

    assertThat(gatehouse("client", "add", "alice", "--out", file.toString())).isEqualTo(7);
    assertThat(err).isEqualTo("gatehouse: There is one. Choose.\n");
    assertThat(file).doesNotExist();
    assertThat(out).isEmpty();
  }

  @Test
  void wrongValuesAreRefusedBeforeTheGatewayIsAsked() {
    assertThat(gatehouse("client", "add", "Not An Id")).isEqualTo(7);
    assertThat(gatehouse("client", "add", "a", "--public-key", "nonsense")).isEqualTo(7);
    assertThat(err).doesNotContain("nonsense");
    assertThat(gatehouse("client", "add", "a", "--address", "1.2.3")).isEqualTo(7);
    assertThat(gatehouse("client", "add", "a", "--allowed-ips", "10.0.0.0/64")).isEqualTo(7);
    assertThat(gatehouse("client", "add", "a", "--keepalive", "-1")).isEqualTo(7);
    assertThat(gatehouse("client", "add")).isEqualTo(2);
    assertThat(gatehouse("client")).isEqualTo(2);
    assertThat(gateway.asked()).isEmpty();
    assertThat(gatehouse("client", "add", "a", "--endpoint", "a b:1")).isEqualTo(7);
    assertThat(gateway.asked()).containsExactly("GET /v1/gateway");
  }

  @Test
  void qrCodeIsShownOnTerminalsOnly() {
    gatehouse("client", "add", "alice");
    assertThat(err).isEmpty();
    terminal = true;
    gatehouse("client", "add", "alice");
    assertThat(err).contains("\u001b[30;107m");
    gatehouse("client", "add", "alice", "--no-qr");
    assertThat(err).isEmpty();
    gatehouse("client", "add", "alice", "--public-key", KEY);
    assertThat(err).isEmpty();
  }
}
