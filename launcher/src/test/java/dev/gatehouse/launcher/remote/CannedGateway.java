package dev.gatehouse.launcher.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** Answers on a Unix domain socket with what it was told to, and remembers what it was asked. */
final class CannedGateway implements AutoCloseable {

  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *([0-9]+)");

  private final ServerSocketChannel server;
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> bodies = new CopyOnWriteArrayList<>();

  CannedGateway(Path socket) throws IOException {
    server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    Thread.ofVirtual().start(this::serve);
  }

  /** Answers a request, for example {@code GET /v1/status}, with JSON. */
  CannedGateway on(String request, int status, String json) {
    return onRaw(
        request,
        "HTTP/1.1 "
            + status
            + " Whatever\r\ncontent-type: application/json\r\ncontent-length: "
            + json.getBytes(StandardCharsets.UTF_8).length
            + "\r\n\r\n"
            + json);
  }

  /** Answers a request with these bytes, then closes. */
  CannedGateway onRaw(String request, String response) {
    answers.put(request, response);
    return this;
  }

  /** Methods and paths in the order they were asked. */
  List<String> asked() {
    return List.copyOf(asked);
  }

  /** The bodies that came, in order, empty ones left out. */
  List<Answer> bodies() {
    return bodies.stream()
        .map(text -> Answer.parse(text.getBytes(StandardCharsets.UTF_8)).orElseThrow())
        .toList();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  private void serve() {
    try {
      while (true) {
        try (var channel = server.accept()) {
          answer(channel);
        }
      }
    } catch (ClosedChannelException e) {
      // the test is over
    } catch (IOException e) {
      throw new AssertionError("the canned gateway failed", e);
    }
  }

  private void answer(SocketChannel channel) throws IOException {
    var received = new ByteArrayOutputStream();
    var buffer = ByteBuffer.allocate(4096);
    while (!isComplete(received.toString(StandardCharsets.UTF_8))
        && channel.read(buffer.clear()) >= 0) {
      received.write(buffer.array(), 0, buffer.position());
    }
    var text = received.toString(StandardCharsets.UTF_8);
    var line = text.substring(0, text.indexOf("\r\n")).replace(" HTTP/1.1", "");
    var body = text.substring(text.indexOf("\r\n\r\n") + 4);
    asked.add(line);
    if (!body.isEmpty()) {
      bodies.add(body);
    }
    var response =
        answers
            .getOrDefault(line, "HTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\n{}")
            .getBytes(StandardCharsets.UTF_8);
    // in small pieces, as a slow gateway would
    for (int i = 0; i < response.length; i += 100) {
      var piece = ByteBuffer.wrap(response, i, Math.min(100, response.length - i));
      while (piece.hasRemaining()) {
        channel.write(piece);
      }
    }
  }

  private static boolean isComplete(String text) {
    int end = text.indexOf("\r\n\r\n");
    var length = LENGTH.matcher(text);
    return end >= 0
        && text.length() >= end + 4 + (length.find() ? Integer.parseInt(length.group(1)) : 0);
  }
}
