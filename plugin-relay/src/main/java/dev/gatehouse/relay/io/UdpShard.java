package dev.gatehouse.relay.io;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Shard;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** The transport on one shard: a sender, and on the first shard a receiver per socket. */
final class UdpShard {

  private final SocketCalls calls;
  private final Shard shard;
  private final List<UdpSocket> sockets;
  private final Arena arena;
  private final Counters counters = new Counters();
  private final Sender sender;
  private final List<Shard.DescriptorWatch> watches = new ArrayList<>();
  private final List<Shard.Watch> consumers = new ArrayList<>();

  UdpShard(SocketCalls calls, Shard shard, List<UdpSocket> sockets, Arena arena) {
    this.calls = calls;
    this.shard = shard;
    this.sockets = sockets;
    this.arena = arena;
    this.sender =
        new Sender(
            calls,
            sockets.stream().mapToInt(UdpSocket::descriptor).toArray(),
            sockets.stream().allMatch(UdpSocket::gso),
            counters,
            socket -> watches.get(socket).wakeWhenWritable(),
            arena);
  }

  void start() {
    for (var socket : sockets) {
      var watch = shard.watch(socket.descriptor(), pump(socket));
      watches.add(watch);
      if (shard.index() != 0) {
        shard.execute(() -> watch.readable(false));
      }
    }
    consumers.add(shard.consume(Lane.TO_NETWORK, sender::accept));
  }

  private Shard.Pump pump(UdpSocket socket) {
    if (shard.index() != 0) {
      return sender::flush;
    }
    var receiver = new Receiver(calls, socket, shard, counters, arena);
    return () -> {
      boolean sent = sender.flush();
      return receiver.pump() || sent;
    };
  }

  /** Ends reading and sending; nothing runs on the shard afterwards. */
  void stop() {
    consumers.forEach(Shard.Watch::close);
    consumers.clear();
    watches.forEach(Shard.DescriptorWatch::close);
    sender.close();
  }

  Sender sender() {
    return sender;
  }

  Counters counters() {
    return counters;
  }
}
