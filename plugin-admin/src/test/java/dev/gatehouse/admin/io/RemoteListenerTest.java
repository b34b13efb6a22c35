package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.admin.AdminConfig;
import dev.gatehouse.admin.RemoteConfig;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.TestSecrets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class RemoteListenerTest {

  private static final String TOKEN = TestSecrets.register("0123456789abcdef0123456789abcdef");

  @TempDir static Path shared;
  static TestCertificate pair;
  static TestCertificate other;

  @TempDir Path directory;
  private House house;
  private final List<AdminPlugin> opened = new ArrayList<>();
  private Path tokenFile;

  @BeforeAll
  static void makeCertificates() {
    pair = TestCertificate.make(shared, "one");
    other = TestCertificate.make(shared, "other");
  }

  @BeforeEach
  void house() throws IOException {
    house = new House(directory);
    tokenFile = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    Files.setPosixFilePermissions(tokenFile, PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void stop() {
    opened.forEach(AdminPlugin::close);
    house.close();
  }

  private RemoteConfig tls(Path certificate, Path key) {
    return new RemoteConfig(
        Endpoint.parse("127.0.0.1:0"),
        Optional.of(certificate),
        Optional.of(key),
        Optional.of(tokenFile),
        Optional.empty());
  }

  private RemoteConfig plain() {
    return new RemoteConfig(
        Endpoint.parse("127.0.0.1:0"),
        Optional.empty(),
        Optional.empty(),
        Optional.of(tokenFile),
        Optional.empty());
  }

  private int start(RemoteConfig remote) throws InterruptedException {
    var admin =
        new AdminPlugin(
            new AdminConfig(
                Optional.empty(),
                Duration.ofSeconds(5),
                Optional.of(false),
                AdminConfig.DEFAULT_UAPI_DIRECTORY,
                Optional.of(remote)),
            house.context);
    opened.add(admin);
    admin.start();
    var listening = String.valueOf(remoteStatus().get("listening"));
    return Integer.parseInt(listening.substring(listening.lastIndexOf(':') + 1));
  }

  private Map<?, ?> remoteStatus() {
    return (Map<?, ?>) opened.getLast().status().getOrDefault("remote", Map.of());
  }

  private static SSLContext trusting(Path certificate) throws Exception {
    var store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (var in = Files.newInputStream(certificate)) {
      store.setCertificateEntry(
          "gateway", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    var context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static Asker.Answer ask(Socket socket, String path, String... headers)
      throws IOException {
    try (socket) {
      var request =
          "GET "
              + path
              + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
              + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n")
              + "\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      var text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int end = text.indexOf("\r\n\r\n");
      return new Asker.Answer(
          Integer.parseInt(text.substring(9, 12)), text.substring(0, end), text.substring(end + 4));
    }
  }

  private static Socket open(int port) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  private static Socket open(SSLContext context, int port) throws IOException {
    return context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
  }

  private static String bearer(String token) {
    return "Authorization: Bearer " + token;
  }

  @Test
  void whoeverKnowsTheTokenIsAnsweredThroughTls() throws Exception {
    int port = start(tls(pair.certificate(), pair.key()));
    var context = trusting(pair.certificate());

    var answer = ask(open(context, port), "/v1/status", bearer(TOKEN));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.object("gateway")).containsKey("public-key");
    assertThat(remoteStatus().get("listening")).isEqualTo("https://127.0.0.1:" + port);
    assertThat(ask(open(context, port), "/v1/status").status()).isEqualTo(401);
    assertThat(new Asker(directory.resolve("admin.sock")).get("/v1/status").status())
        .as("the Unix socket needs none")
        .isEqualTo(200);
  }

  @Test
  void plainTextIsNotUnderstoodWhereTlsIs() throws Exception {
    int port = start(tls(pair.certificate(), pair.key()));
    try (var socket = open(port)) {
      socket
          .getOutputStream()
          .write("GET /live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      var back = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      assertThat(back).doesNotContain("HTTP/1.1 200");
    } catch (IOException e) {
      assertThat(e).as("hung up on").isNotNull();
    }
  }

  @Test
  void nothingIsToldWithoutTheToken() throws Exception {
    int port = start(plain());
    for (var header :
        new String[] {
          "X-Nothing: 1",
          bearer("wrong"),
          bearer(TOKEN + "x"),
          "Authorization: Basic " + TOKEN,
          "Authorization: " + TOKEN
        }) {
      for (var path : new String[] {"/v1/status", "/metrics", "/ready", "/nothing", "/v1/%zz"}) {
        if (header.startsWith("Authorization") && !path.equals("/v1/status")) {
          continue; // there are only so many tries
        }
        var answer = ask(open(port), path, header);
        assertThat(answer.status()).as(header + " " + path).isEqualTo(401);
        assertThat(answer.head()).containsIgnoringCase("www-authenticate: Bearer");
        assertThat(answer.text("code")).isEqualTo("GH-ADMIN-010");
        assertThat(answer.body()).doesNotContain(TOKEN);
      }
    }
    assertThat(ask(open(port), "/live").status()).isEqualTo(200);
    assertThat(ask(open(port), "/v1/status", bearer(TOKEN)).status()).isEqualTo(200);
  }

  @Test
  void wrongTokensAreAnsweredAFewTimesOnly() throws Exception {
    int port = start(plain());
    for (int i = 0; i < 10; i++) {
      assertThat(ask(open(port), "/v1/status", bearer("guess" + i)).status()).isEqualTo(401);
    }
    var refused = ask(open(port), "/v1/status", bearer(TOKEN));
    assertThat(refused.status()).isEqualTo(429);
    assertThat(refused.head()).containsIgnoringCase("retry-after: 10");
    assertThat(remoteStatus().get("wrong-tokens")).isEqualTo(10L);
    assertThat(remoteStatus().get("throttled")).isEqualTo(1L);

    house.context.time().advance(Duration.ofSeconds(10));
    assertThat(ask(open(port), "/v1/status", bearer(TOKEN)).status()).isEqualTo(200);
  }

  @Test
  void bodyOfAStrangerIsNotKept() throws Exception {
    int port = start(plain());
    try (var socket = open(port)) {
      var out = socket.getOutputStream();
      out.write(
          "POST /v1/clients HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
              .getBytes(StandardCharsets.UTF_8));
      var head = new byte[12];
      assertThat(socket.getInputStream().readNBytes(head, 0, 12)).isEqualTo(12);
      assertThat(new String(head, StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 401");
    }
    assertThat(house.store.clients(Optional.empty(), 10, new dev.gatehouse.api.Deadline(0)).items())
        .isEmpty();
  }

  @Test
  void whoSaysNothingIsHungUpOn() throws Exception {
    var admin =
        new AdminPlugin(
            new AdminConfig(
                Optional.empty(),
                Duration.ofMillis(100),
                Optional.of(false),
                AdminConfig.DEFAULT_UAPI_DIRECTORY,
                Optional.of(plain())),
            house.context);
    opened.add(admin);
    admin.start();
    var listening = String.valueOf(remoteStatus().get("listening"));
    try (var socket = open(Integer.parseInt(listening.substring(listening.lastIndexOf(':') + 1)))) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void plainTextOffLoopbackIsRefused() {
    assertThatThrownBy(() ->
            new RemoteConfig(
                Endpoint.parse("0.0.0.0:8443"),
                Optional.empty(),
                Optional.empty(),
                Optional.of(tokenFile),
                Optional.empty()))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("in the clear");
    assertThatThrownBy(() ->
            new RemoteConfig(
                Endpoint.parse("127.0.0.1:8443"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()))
        .hasMessageContaining("could do everything");
  }

  @Test
  void filesThatDoNotFitAreSentences() throws IOException {
    assertThatThrownBy(() -> start(tls(pair.certificate(), other.key())))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("are not a pair TLS can use");
    opened.getLast().close();
    assertThatThrownBy(() -> start(tls(pair.certificate(), directory.resolve("none"))))
        .hasMessageContaining("does not exist");
    opened.getLast().close();
    assertThatThrownBy(() -> start(tls(pair.certificate(), tokenFile)))
        .hasMessageContaining("are not a pair TLS can use");
    opened.getLast().close();
    Files.setPosixFilePermissions(tokenFile, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(() -> start(plain()))
        .hasMessageContaining("Others than its owner")
        .hasMessageContaining("chmod 0600");
    opened.getLast().close();
    Files.setPosixFilePermissions(tokenFile, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(tokenFile, "short");
    assertThatThrownBy(() -> start(plain())).hasMessageContaining("has 5 characters");
  }

  @Test
  void hashInTheConfigurationIsEnough() throws Exception {
    var hash =
        java.util.HexFormat.of()
            .formatHex(
                java.security.MessageDigest.getInstance("SHA-256")
                    .digest(TOKEN.getBytes(StandardCharsets.UTF_8)));
    int port =
        start(
            new RemoteConfig(
                Endpoint.parse("[::1]:0"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(hash)));
    try (var socket = new Socket(IpAddress.parse("::1").toInetAddress(), port)) {
      assertThat(ask(socket, "/v1/status", bearer(TOKEN)).status()).isEqualTo(200);
    }
  }
}
