package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Asks over the socket, byte by byte, as any stranger could. */
final class Asker {

  private final Path socket;

  Asker(Path socket) {
    this.socket = socket;
  }

  /** An answer as it came. */
  record Answer(int status, String head, String body) {

    Map<String, Object> json() {
      return Json.parseObject(body.getBytes(StandardCharsets.UTF_8));
    }

    private Object present(String key) {
      return Objects.requireNonNull(json().get(key), () -> "no '" + key + "' in " + body);
    }

    String text(String key) {
      return (String) present(key);
    }

    @SuppressWarnings("unchecked")
    Map<String, Object> object(String key) {
      return (Map<String, Object>) present(key);
    }

    @SuppressWarnings("unchecked")
    List<Map<String, Object>> objects(String key) {
      return (List<Map<String, Object>>) present(key);
    }
  }

  Answer get(String path) {
    return ask("GET", path, "");
  }

  Answer delete(String path) {
    return ask("DELETE", path, "");
  }

  Answer post(String path, String json) {
    return ask("POST", path, json);
  }

  Answer ask(String method, String path, String body) {
    var bytes = body.getBytes(StandardCharsets.UTF_8);
    return raw(
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: gatehouse\r\nConnection: close\r\n"
            + (bytes.length > 0 ? "Content-Type: application/json\r\n" : "")
            + "Content-Length: "
            + bytes.length
            + "\r\n\r\n"
            + body);
  }

  Answer raw(String request) {
    try (var channel = open()) {
      write(channel, request);
      return read(channel);
    } catch (IOException e) {
      throw new AssertionError("the socket failed", e);
    }
  }

  SocketChannel open() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  static void write(SocketChannel channel, String text) throws IOException {
    var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Reads to the end of the stream. */
  static Answer read(SocketChannel channel) throws IOException {
    var all = new ByteArrayOutputStream();
    var buffer = ByteBuffer.allocate(8192);
    while (channel.read(buffer.clear()) >= 0) {
      all.write(buffer.array(), 0, buffer.position());
    }
    var text = all.toString(StandardCharsets.UTF_8);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return new Answer(0, text, "");
    }
    return new Answer(
        Integer.parseInt(text.substring(9, 12)), text.substring(0, end), text.substring(end + 4));
  }
}
