package dev.gatehouse.relay.io;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.relay.core.stun.StreamFrames;
import dev.gatehouse.relay.core.turn.TurnClient;
import dev.gatehouse.relay.core.turn.TurnServer;
import dev.gatehouse.relay.io.RelayCounters.Tally;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.ServerSSLOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop. They are counted before they have sent a byte, and what they
 * may keep is bounded: one short frame until they have an allocation, one frame afterwards, and a
 * bounded amount of what they do not read. The loop's thread only.
 */
final class StreamTable {

  /** To send a first whole frame, the handshake of TLS included. */
  private static final long FIRST_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Without an allocation. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** What a client may leave unread before data for it is dropped. */
  private static final int UNREAD = 256 * 1024;

  private static final int NUMBER = (1 << 30) - 1;

  private final RelayLoop loop;
  private final ConnectionLimits limits;
  private final List<@Nullable StreamClient> clients = new ArrayList<>();
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  private final List<StreamClient> dirty = new ArrayList<>();
  private final MemorySegment frame;
  private @Nullable StreamClient current;

  StreamTable(RelayLoop loop, ConnectionLimits limits) {
    this.loop = loop;
    this.limits = limits;
    this.frame = loop.arena().allocate(StreamFrames.LONGEST, 64);
  }

  /** The client whose frame is being looked at. */
  @Nullable StreamClient current() {
    return current;
  }

  /**
   * A new connection.
   *
   * @param tls what to speak TLS with; null for plain TCP
   * @param v4 whether clients on IPv4 are welcome here
   */
  void accepted(NetSocket socket, @Nullable ServerSSLOptions tls, boolean v4) {
    var counters = loop.counters();
    var remote = address(socket);
    if (remote == null || (remote.isV4() && !v4) || !admit(remote)) {
      counters.add(Tally.STREAMS_REFUSED, 1);
      socket.close();
      return;
    }
    counters.add(Tally.STREAMS_ACCEPTED, 1);
    int number = free.isEmpty() ? clients.size() : free.pop();
    var client =
        new StreamClient(
            socket,
            remote.high(),
            remote.low(),
            socket.remoteAddress().port(),
            TurnClient.streamLink(number),
            loop.house().config().quirks().wideChannels(),
            loop.house().nanos());
    if (number == clients.size()) {
      clients.add(client);
    } else {
      clients.set(number, client);
    }
    socket.setWriteQueueMaxSize(UNREAD);
    socket.exceptionHandler(_ -> socket.close());
    socket.closeHandler(_ -> gone(number, client));
    if (tls == null) {
      socket.handler(buffer -> arrived(client, buffer));
    } else {
      socket
          .upgradeToSsl(tls)
          .onComplete(_ -> socket.handler(buffer -> arrived(client, buffer)), _ -> socket.close());
    }
  }

  private boolean admit(IpAddress remote) {
    if (limits.admit(remote.high(), remote.low())) {
      return true;
    }
    return limits.isFull() && makeRoom() && limits.admit(remote.high(), remote.low());
  }

  /**
   * Closes the connection that has waited longest without being of use, so that connections that
   * say nothing cannot lock out those that do: they are only as safe as they are new.
   */
  private boolean makeRoom() {
    int longest = -1;
    StreamClient useless = null;
    for (int i = 0; i < clients.size(); i++) {
      var client = clients.get(i);
      if (client != null && client.isLessUseThan(useless)) {
        longest = i;
        useless = client;
      }
    }
    if (useless == null) {
      return false;
    }
    loop.counters().add(Tally.STREAMS_TIMED_OUT, 1);
    gone(longest, useless);
    useless.socket().close();
    return true;
  }

  private static @Nullable IpAddress address(NetSocket socket) {
    var text = socket.remoteAddress() == null ? null : socket.remoteAddress().hostAddress();
    if (text == null) {
      return null; // gone already
    }
    int scope = text.indexOf('%');
    return IpAddress.parse(scope < 0 ? text : text.substring(0, scope));
  }

  private void arrived(StreamClient client, Buffer buffer) {
    if (client.isClosed()) {
      return;
    }
    current = client;
    boolean sane =
        client.arrived(
            buffer.getBytes(),
            (bytes, offset, length) -> {
              MemorySegment.copy(MemorySegment.ofArray(bytes), offset, frame, 0, length);
              loop.frame(client, frame, 0, length);
              loop.framesEnd(); // its memory is used again for the next frame
            });
    current = null;
    if (!sane) {
      loop.counters().add(Tally.STREAMS_MALFORMED, 1);
      client.socket().close();
    }
  }

  private void gone(int number, StreamClient client) {
    if (client.isClosed()) {
      return;
    }
    loop.streamClosed(client);
    client.closed();
    dirty.remove(client);
    clients.set(number, null);
    free.push(number);
    limits.leave(client.high(), client.low());
  }

  /** Writes what stands before a payload. */
  static int writePrefix(int verdict, TurnServer server, MemorySegment to, long offset) {
    if (verdict == TurnServer.TO_CLIENT) {
      Octets.u32(to, offset, server.channelHeader());
      return 4;
    }
    return server.writePrefix(to, offset);
  }

  /** Sends a payload to a client, framed as the core says. */
  void send(int link, int verdict, TurnServer server, MemorySegment slab, long offset, int length) {
    var client = client(link);
    if (client == null) {
      return;
    }
    if (client.socket().writeQueueFull()) {
      loop.counters().add(Tally.EGRESS_FULL, 1);
      return;
    }
    var prefix = new byte[TurnServer.LONGEST_PREFIX];
    int prefixLength = writePrefix(verdict, server, MemorySegment.ofArray(prefix), 0);
    var payload = new byte[length + server.padding()];
    MemorySegment.copy(slab, offset, MemorySegment.ofArray(payload), 0, length);
    append(client, prefix, prefixLength);
    append(client, payload, payload.length);
    loop.counters().add(Tally.DATAGRAMS_OUT, 1);
    loop.counters().add(Tally.BYTES_OUT, prefixLength + payload.length);
  }

  /** Sends an answer to a client. */
  void reply(int link, byte[] message, int length) {
    var client = client(link);
    if (client == null) {
      return;
    }
    if (client.socket().writeQueueFull()) {
      loop.counters().add(Tally.EGRESS_FULL, 1);
      return;
    }
    append(client, message, length);
    flush();
  }

  private void append(StreamClient client, byte[] bytes, int length) {
    if (client.pending() == null) {
      dirty.add(client);
    }
    client.pendingToAppend().appendBytes(bytes, 0, length);
  }

  private @Nullable StreamClient client(int link) {
    int number = link & NUMBER;
    return number < clients.size() ? clients.get(number) : null;
  }

  /** Writes what was gathered. */
  void flush() {
    for (int i = 0; i < dirty.size(); i++) {
      dirty.get(i).flush();
    }
    dirty.clear();
  }

  /** Closes who has had their time. */
  void sweep(long nowNanos) {
    for (int i = 0; i < clients.size(); i++) {
      var client = clients.get(i);
      if (client != null && client.isOverdue(nowNanos, FIRST_NANOS, IDLE_NANOS)) {
        loop.counters().add(Tally.STREAMS_TIMED_OUT, 1);
        client.socket().close();
      }
    }
  }

  /** Closes everybody. */
  void close() {
    for (var client : List.copyOf(clients.stream().filter(one -> one != null).toList())) {
      if (client != null) {
        client.socket().close();
      }
    }
  }
}
