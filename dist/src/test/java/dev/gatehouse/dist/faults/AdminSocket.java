package dev.gatehouse.dist.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;

/** The admin API of a gateway, without a program in between. */
public final class AdminSocket {

  private final Path socket;

  public AdminSocket(Path socket) {
    this.socket = socket;
  }

  /** The body at a path. */
  public String get(String path) {
    return ask("GET", path, "");
  }

  /** Makes something and expects that it was made. */
  public void post(String path, String json) {
    ask("POST", path, json);
  }

  /** Ends something. */
  public void delete(String path) {
    ask("DELETE", path, "");
  }

  /** The number behind a key of the status; 0 if it is not there. */
  public long number(String key) {
    var found = Pattern.compile("\"" + key + "\":(\\d+)").matcher(get("/v1/status"));
    return found.find() ? Long.parseLong(Objects.requireNonNull(found.group(1))) : 0;
  }

  private String ask(String method, String path, String body) {
    var request =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: gatehouse\r\nConnection: close\r\n"
            + (body.isEmpty() ? "" : "Content-Type: application/json\r\n")
            + "Content-Length: "
            + body.getBytes(StandardCharsets.UTF_8).length
            + "\r\n\r\n"
            + body;
    var answer = raw(request);
    assertThat(answer).as(method + " " + path).matches("(?s)HTTP/1.1 20\\d .*");
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  private String raw(String request) {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      var bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      var all = new ByteArrayOutputStream();
      var buffer = ByteBuffer.allocate(8192);
      while (channel.read(buffer.clear()) >= 0) {
        all.write(buffer.array(), 0, buffer.position());
      }
      return all.toString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
