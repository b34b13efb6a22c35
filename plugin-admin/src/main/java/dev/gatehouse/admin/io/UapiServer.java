package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.uapi.Answer;
import dev.gatehouse.admin.core.uapi.Request;
import dev.gatehouse.admin.core.uapi.RequestParser;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream socket in front of a device: a virtual thread for each connection, with any number of
 * requests one after the other. How many connections there are, how large a request and how slow
 * its sender or reader may be is bounded. Buffers are overwritten, since keys pass through them.
 */
final class UapiServer {

  static final int MAX_CONNECTIONS = 16;

  private static final int BUFFER = 16 * 1024;
  private static final long PAUSE_NANOS = 10_000_000;

  private static final Logger log = LoggerFactory.getLogger(UapiServer.class);

  private final Vertx vertx;
  private final Duration timeout;
  private final BiConsumer<Request, Answer> device;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final LongAdder requests = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private volatile @Nullable ServerSocketChannel server;

  /**
   * Opens nothing yet.
   *
   * @param timeout how long a request may take to arrive, and an answer to be taken
   * @param device writes the answer to a request; blocks and never fails
   */
  UapiServer(Vertx vertx, Duration timeout, BiConsumer<Request, Answer> device) {
    this.vertx = vertx;
    this.timeout = timeout;
    this.device = device;
  }

  long requests() {
    return requests.sum();
  }

  long refusedConnections() {
    return refused.sum();
  }

  /** Listens on a socket file that does not exist yet. */
  void listen(Path socket) throws IOException {
    var opened = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      opened.bind(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    server = opened;
    Thread.ofVirtual().name("gatehouse-wg-accept").start(() -> accept(opened));
  }

  private void accept(ServerSocketChannel listening) {
    while (listening.isOpen()) {
      try {
        var channel = listening.accept();
        if (connections.size() >= MAX_CONNECTIONS) {
          refused.increment();
          channel.close();
        } else {
          var connection = new Connection(channel);
          connections.add(connection);
          Thread.ofVirtual().name("gatehouse-wg").start(connection::serve);
        }
      } catch (IOException e) {
        if (listening.isOpen()) {
          log.atDebug().setCause(e).log("a connection by wg was not taken");
          LockSupport.parkNanos(PAUSE_NANOS); // no descriptors left, perhaps
        }
      }
    }
  }

  /** Stops listening and ends the connections. */
  void close() {
    var closing = server;
    server = null;
    try {
      if (closing != null) {
        closing.close();
      }
    } catch (IOException e) {
      log.atDebug().setCause(e).log("the socket for wg was not closed");
    }
    connections.forEach(Connection::close);
  }

  private final class Connection {
    private final SocketChannel channel;
    private final ByteBuffer input = ByteBuffer.allocateDirect(BUFFER).limit(0);
    private final ByteBuffer output = ByteBuffer.allocateDirect(BUFFER);

    Connection(SocketChannel channel) {
      this.channel = channel;
    }

    void serve() {
      try (var parser = new RequestParser()) {
        for (var next = read(parser); next.isPresent(); next = read(parser)) {
          requests.increment();
          try (var request = next.get();
              var answer = new Answer()) {
            device.accept(request, answer);
            write(answer.bytes());
          }
        }
      } catch (IOException e) {
        log.atDebug().setCause(e).log("a connection by wg ended");
      } finally {
        close();
        overwrite(input);
        overwrite(output);
        connections.remove(this);
      }
    }

    /** Empty at the end of the stream. */
    private Optional<Request> read(RequestParser parser) throws IOException {
      long timer = vertx.setTimer(timeout.toMillis(), _ -> close());
      try {
        while (true) {
          var request = parser.take(input);
          if (request.isPresent()) {
            return request;
          }
          int count = channel.read(input.clear());
          input.flip();
          if (count < 0) {
            return Optional.empty();
          }
        }
      } finally {
        vertx.cancelTimer(timer);
      }
    }

    private void write(ByteBuffer text) throws IOException {
      long timer = vertx.setTimer(timeout.toMillis(), _ -> close());
      try {
        while (text.hasRemaining()) {
          int count = Math.min(text.remaining(), BUFFER);
          output.clear().put(text.slice(text.position(), count)).flip();
          text.position(text.position() + count);
          while (output.hasRemaining()) {
            channel.write(output);
          }
          overwrite(output);
        }
      } finally {
        vertx.cancelTimer(timer);
      }
    }

    private static void overwrite(ByteBuffer buffer) {
      buffer.clear();
      while (buffer.hasRemaining()) {
        buffer.put((byte) 0);
      }
      buffer.limit(0);
    }

    void close() {
      try {
        channel.close();
      } catch (IOException e) {
        log.atDebug().setCause(e).log("a connection by wg was not closed");
      }
    }
  }
}
