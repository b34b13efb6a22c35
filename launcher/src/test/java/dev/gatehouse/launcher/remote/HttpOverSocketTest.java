package dev.gatehouse.launcher.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HttpOverSocketTest extends RemoteTest {

  @Test
  void missingSocketIsSentenceWithFix() {
    int code = bare("status", "--socket", directory.resolve("none.sock").toString());

    assertThat(code).isEqualTo(5);
    assertThat(err)
        .isEqualTo(
            "gatehouse: No gateway answers at "
                + directory.resolve("none.sock")
                + ". Start it with 'gatehouse run' or name its socket with --socket.\n");
    assertThat(out).isEmpty();
  }

  @Test
  void socketOfDeadGatewayIsSentence() throws IOException {
    var path = directory.resolve("dead.sock");
    try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }

    assertThat(bare("peers", "--socket", path.toString())).isEqualTo(5);
    assertThat(err).startsWith("gatehouse: No gateway answers at " + path);
  }

  @Test
  void fileThatIsNoSocketIsSentence() throws IOException {
    var path = Files.writeString(directory.resolve("file"), "");

    assertThat(bare("peers", "--socket", path.toString())).isEqualTo(5);
    assertThat(err).startsWith("gatehouse: ").hasLineCount(1);
  }

  @Test
  void tooLongPathIsSentence() {
    assertThat(bare("peers", "--socket", directory.resolve("a".repeat(200)).toString()))
        .isEqualTo(5);
    assertThat(err).startsWith("gatehouse: ").hasLineCount(1);
  }

  @Test
  void strangeAnswersAreNotUnderstood() {
    for (var answer :
        List.of(
            "",
            "hello",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "HTTP/1.1 999 OK\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
            "HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n{}",
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
            "a".repeat(100_000))) {
      gateway.onRaw("GET /v1/peers", answer);

      assertThat(gatehouse("peers")).as(answer).isEqualTo(5);
      assertThat(err).as(answer).contains("does not speak as a gateway").hasLineCount(1);
    }
  }

  @Test
  void answerWithoutLengthEndsWithConnection() {
    gateway.onRaw("GET /v1/peers", "HTTP/1.1 200 OK\r\n\r\n{\"peers\": []}");
    assertThat(gatehouse("peers", "--json")).isZero();
    assertThat(out).isEqualTo("{\"peers\":[]}\n");
  }

  @Test
  void silentGatewayIsGivenUp() throws IOException {
    Path path = directory.resolve("silent.sock");
    try (var silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      silent.bind(UnixDomainSocketAddress.of(path));
      var http = new HttpOverSocket(path, Duration.ofMillis(100));

      org.assertj.core.api.Assertions.assertThatThrownBy(() -> http.ask("GET", "/", new byte[0]))
          .hasMessageContaining("did not answer within");
    }
  }

  @Test
  void problemsOfTheGatewayAreToldInItsWords() {
    gateway.on(
        "GET /v1/peers",
        503,
        "{\"code\":\"GH-STATE-003\",\"problem\":\"The store is gone.\",\"fix\":\"Find it.\"}");

    assertThat(gatehouse("peers")).isEqualTo(6);
    assertThat(err).isEqualTo("gatehouse: The store is gone. Find it.\n");
  }

  @Test
  void socketIsFoundByConfiguration() throws IOException {
    gateway.on("GET /v1/peers", 200, "{\"peers\": []}");
    var config = directory.resolve("gatehouse.toml");

    Files.writeString(config, "state-directory = \"" + directory + "\"\n");
    assertThat(bare("peers", "-c", config.toString())).isZero();
    Files.writeString(config, "[admin]\nsocket = \"admin.sock\"\n");
    assertThat(bare("peers", "-c", config.toString())).isZero();
    Files.writeString(config, "[admin]\nsocket = \"other.sock\"\n");
    assertThat(bare("peers", "-c", config.toString())).isEqualTo(5);
    assertThat(err).contains(directory.resolve("other.sock").toString());
  }
}
