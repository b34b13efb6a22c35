package dev.gatehouse.launcher.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.TestCertificate;
import dev.gatehouse.testkit.TestSecrets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemoteAccessTest extends RemoteTest {

  private static final String TOKEN = TestSecrets.register("0123456789abcdef0123456789abcdef");

  @TempDir static Path shared;
  static TestCertificate pair;
  static TestCertificate other;

  private Path tokenFile = Path.of("");

  @BeforeAll
  static void makeCertificates() {
    pair = TestCertificate.make(shared, "one");
    other = TestCertificate.make(shared, "other");
  }

  @BeforeEach
  void writeToken() throws IOException {
    tokenFile = Files.writeString(directory.resolve("token"), TOKEN + "\n");
    Files.setPosixFilePermissions(tokenFile, PosixFilePermissions.fromString("rw-------"));
  }

  /** Answers everything with an empty list of peers, and remembers the heads of requests. */
  private static final class Server implements AutoCloseable {
    final ServerSocket listening;
    final List<String> heads = new CopyOnWriteArrayList<>();

    Server(ServerSocket listening) {
      this.listening = listening;
      Thread.ofVirtual().start(this::serve);
    }

    static Server plain() throws IOException {
      var socket = new ServerSocket();
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      return new Server(socket);
    }

    static Server tls() throws Exception {
      var password = "testing".toCharArray();
      var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(KeyStore.getInstance(shared.resolve("one.p12").toFile(), password), password);
      var context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return new Server(
          context
              .getServerSocketFactory()
              .createServerSocket(0, 10, InetAddress.getByAddress(new byte[4])));
    }

    int port() {
      return listening.getLocalPort();
    }

    private void serve() {
      while (true) {
        try (var socket = listening.accept()) {
          answer(socket);
        } catch (SocketException e) {
          if (listening.isClosed()) {
            return;
          }
        } catch (IOException e) {
          // a handshake that failed on purpose
        }
      }
    }

    private void answer(Socket socket) throws IOException {
      var head = head(socket.getInputStream());
      if (!head.isEmpty()) {
        heads.add(head);
        socket
            .getOutputStream()
            .write(
                "HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n{\"peers\": []}"
                    .getBytes(StandardCharsets.UTF_8));
      }
    }

    private static String head(InputStream in) throws IOException {
      var bytes = new ByteArrayOutputStream();
      while (!bytes.toString(StandardCharsets.UTF_8).endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
          return "";
        }
        bytes.write(next);
      }
      return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      listening.close();
    }
  }

  @Test
  void gatewayIsAskedThroughTlsWithItsToken() throws Exception {
    try (var server = Server.tls()) {
      int code =
          bare(
              "peers",
              "--json",
              "--url",
              "https://localhost:" + server.port(),
              "--token-file",
              tokenFile.toString(),
              "--ca-file",
              pair.certificate().toString());

      assertThat(err).isEmpty();
      assertThat(code).isZero();
      assertThat(out).isEqualTo("{\"peers\":[]}\n");
      assertThat(server.heads)
          .singleElement()
          .asString()
          .startsWith("GET /v1/peers HTTP/1.1\r\n")
          .contains("Authorization: Bearer " + TOKEN + "\r\n");
    }
  }

  @Test
  void gatewayThatDoesNotProveItselfGetsNoToken() throws Exception {
    try (var server = Server.tls()) {
      int code =
          bare(
              "peers",
              "--url",
              "https://localhost:" + server.port(),
              "--token-file",
              tokenFile.toString(),
              "--ca-file",
              other.certificate().toString());

      assertThat(code).isEqualTo(5);
      assertThat(err)
          .contains("does not prove that it is the gateway")
          .contains("--ca-file")
          .doesNotContain(TOKEN)
          .hasLineCount(1);
      assertThat(server.heads).isEmpty();
    }
  }

  @Test
  void certificateMustBeForTheName() throws Exception {
    try (var server = Server.tls()) {
      var elsewhere = "https://127.0.0.2:" + server.port(); // not a name the certificate is for
      int code =
          bare(
              "peers",
              "--url",
              elsewhere,
              "--token-file",
              tokenFile.toString(),
              "--ca-file",
              pair.certificate().toString());

      assertThat(code).isEqualTo(5);
      assertThat(err).contains("does not prove that it is the gateway");
      assertThat(server.heads).isEmpty();
    }
  }

  @Test
  void plainTextGoesNowhereButToThisMachine() throws Exception {
    try (var server = Server.plain()) {
      assertThat(
              bare(
                  "peers",
                  "--url",
                  "http://127.0.0.1:" + server.port(),
                  "--token-file",
                  tokenFile.toString()))
          .isZero();
      assertThat(server.heads).hasSize(1);
    }
    assertThat(bare("peers", "--url", "http://192.0.2.1:80", "--token-file", tokenFile.toString()))
        .isEqualTo(7);
    assertThat(err).contains("in the clear");
  }

  @Test
  void whatIsMissingOrWrongIsASentence() throws IOException {
    assertThat(bare("peers", "--url", "https://localhost:1")).isEqualTo(7);
    assertThat(err).contains("--token-file").hasLineCount(1);
    for (var url :
        List.of(
            "localhost:1", "ftp://localhost", "https://", "https://localhost/v1", "https://a b")) {
      assertThat(bare("peers", "--url", url, "--token-file", tokenFile.toString())).isEqualTo(7);
      assertThat(err).contains("is not the address of a gateway").hasLineCount(1);
    }
    assertThat(bare("peers", "--url", "https://localhost:1", "--socket", "x")).isEqualTo(7);
    assertThat(err).contains("Two gateways are named.");
    Files.setPosixFilePermissions(tokenFile, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(bare("peers", "--url", "https://localhost:1", "--token-file", tokenFile.toString()))
        .isEqualTo(7);
    assertThat(err).contains("chmod 0600");
    Files.setPosixFilePermissions(tokenFile, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(tokenFile, "two\nlines");
    assertThat(bare("peers", "--url", "https://localhost:1", "--token-file", tokenFile.toString()))
        .isEqualTo(7);
    assertThat(err).contains("does not hold a token");
  }
}
