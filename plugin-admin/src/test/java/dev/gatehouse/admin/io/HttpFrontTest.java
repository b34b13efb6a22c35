package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.admin.AdminConfig;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class HttpFrontTest extends AdminTest {

  @Override
  AdminConfig config() {
    return House.config(Optional.empty(), Duration.ofSeconds(1));
  }

  @Test
  void unknownPathsAndMethodsAreSentences() {
    var nothing = asker.get("/v2/clients");
    assertThat(nothing.status()).isEqualTo(404);
    assertThat(nothing.text("code")).isEqualTo("GH-ADMIN-001");
    var method = asker.ask("PUT", "/v1/clients", "{}");
    assertThat(method.status()).isEqualTo(405);
    assertThat(method.head()).containsIgnoringCase("allow: GET, POST");
    assertThat(asker.get("/v1/clients/").status()).isIn(400, 404);
    assertThat(asker.get("/v1/clients/%zz").status()).isEqualTo(400);
    assertThat(asker.get("/").status()).isEqualTo(404);
    assertThat(asker.get("/v1/clients/a%2Fb").status()).isEqualTo(400);
  }

  @Test
  void malformedJsonIsSentence() {
    for (var body :
        List.of(
            "{", "[]", "null", "7", "{}{}", "{\"id\":\"a\",\"id\":\"b\"}", "{\"id\":}", "\"x\"")) {
      var answer = asker.post("/v1/clients", body);
      assertThat(answer.status()).as(body).isEqualTo(400);
      assertThat(answer.text("code")).as(body).isEqualTo("GH-ADMIN-004");
    }
    var nested = "[".repeat(50) + "]".repeat(50);
    assertThat(asker.post("/v1/clients", "{\"id\":" + nested + "}").text("code"))
        .isEqualTo("GH-ADMIN-004");
    assertThat(asker.post("/v1/clients", "").text("code")).isEqualTo("GH-ADMIN-004");
  }

  @Test
  void otherTypesThanJsonAreRefused() {
    var answer =
        asker.raw(
            "POST /v1/clients HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
    assertThat(answer.status()).isEqualTo(415);
  }

  @Test
  void oversizedBodyIsRefusedAndAnswerStillArrives() {
    var answer = asker.post("/v1/clients", "{\"id\":\"" + "a".repeat(300_000) + "\"}");

    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.text("problem")).isEqualTo("The body of the request is larger than 64 KiB.");
    assertThat(asker.get("/live").status()).isEqualTo(200);
  }

  @Test
  void chunkedOversizedBodyIsRefused() {
    var chunk = "8000\r\n" + " ".repeat(0x8000) + "\r\n";
    var answer =
        asker.raw(
            "POST /v1/clients HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                + chunk.repeat(3)
                + "0\r\n\r\n");
    assertThat(answer.status()).isEqualTo(413);
  }

  @Test
  void oversizedHeadIsRefused() {
    assertThat(asker.get("/" + "a".repeat(5000)).status()).isEqualTo(400);
    assertThat(
            asker
                .raw("GET /live HTTP/1.1\r\nHost: a\r\nX-A: " + "a".repeat(9000) + "\r\n\r\n")
                .status())
        .isEqualTo(400);
  }

  @Test
  void noiseIsRefused() {
    assertThat(asker.raw("\u0016\u0003\u0001 hello\r\n\r\n").status()).isIn(0, 400);
    assertThat(asker.get("/live").status()).isEqualTo(200);
  }

  /** Requests cut, doubled and scrambled: whatever comes, the next one is answered. */
  @Test
  void scrambledRequestsHarmNobody() throws IOException {
    long seed = Long.getLong("gatehouse.seed", new Random().nextLong());
    System.out.println("gatehouse.seed=" + seed);
    var random = new Random(seed);
    var whole =
        """
        POST /v1/clients HTTP/1.1
        Host: a
        Content-Type: application/json
        Content-Length: 60
        Transfer-Encoding: chunked

        {"id":"alice","public-key":"AAAA","addresses":["10.99.0.2"]}\
        """
            .replace("\n", "\r\n");
    for (int i = 0; i < 300; i++) {
      var request = scrambled(whole, random);
      try (var channel = asker.open()) {
        Asker.write(channel, request);
        if (random.nextBoolean()) {
          channel.shutdownOutput();
        }
      } catch (IOException e) {
        // the other side may have hung up already
      }
      if (i % 50 == 0) {
        assertThat(asker.get("/live").status()).as("after %s requests", i).isEqualTo(200);
      }
    }
    assertThat(asker.get("/v1/clients").objects("clients")).isEmpty();
    assertThat(asker.get("/ready").status()).isEqualTo(200);
  }

  private static String scrambled(String whole, Random random) {
    var text = new StringBuilder(whole);
    for (int changes = random.nextInt(6); changes >= 0 && !text.isEmpty(); changes--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(4)) {
        case 0 -> text.setCharAt(at, (char) random.nextInt(256));
        case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(20)));
        case 2 -> text.insert(at, text.substring(at, Math.min(text.length(), at + 20)));
        default -> text.setLength(at + 1);
      }
    }
    return text.toString();
  }

  @Test
  void requestThatNeverArrivesIsEnded() {
    var answer = asker.raw("POST /v1/clients HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{");
    assertThat(answer.status()).isEqualTo(408);
  }

  @Test
  void storeThatHangsIsTold() {
    var latch = new CountDownLatch(1);
    house.store.hang = latch;
    try {
      var answer = asker.get("/v1/clients");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.text("code")).isEqualTo("GH-ADMIN-007");
      assertThat(asker.get("/live").status()).isEqualTo(200);
    } finally {
      latch.countDown();
    }
  }

  @Test
  void connectionIsKeptForFurtherRequests() throws IOException {
    try (var channel = asker.open()) {
      Asker.write(channel, "GET /live HTTP/1.1\r\nHost: a\r\n\r\n");
      Asker.write(channel, "GET /live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      var both = Asker.read(channel);
      assertThat(both.body()).contains("HTTP/1.1 200 OK");
    }
  }

  @Test
  void connectionsAreBounded() throws IOException {
    var channels = new ArrayList<SocketChannel>();
    try {
      for (int i = 0; i < HttpFront.MAX_CONNECTIONS; i++) {
        var channel = asker.open();
        channels.add(channel);
      }
      long refusedBefore = refused();
      try (var oneMore = asker.open()) {
        assertThat(readToEnd(oneMore)).isEqualTo(0);
      }
      assertThat(refused()).isGreaterThan(refusedBefore);
    } finally {
      for (var channel : channels) {
        channel.close();
      }
    }
  }

  private long refused() {
    return admin.status().get("refused-connections") instanceof Long number ? number : -1;
  }

  /** The number of bytes until the other side closes. */
  private static int readToEnd(SocketChannel channel) {
    try {
      return Asker.read(channel).head().length();
    } catch (IOException e) {
      return 0;
    }
  }
}
