package dev.gatehouse.relay.io;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.UdpPath;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A socket of the loopback device that sends to itself: trains and single datagrams, with and
 * without a chosen source. What a stranger on this machine sends to it is read and thrown away.
 */
final class UdpRehearsal implements Rehearsal {

  private static final Endpoint ANY_PORT = Endpoint.parse("127.0.0.1:0");
  private static final IpAddress UNSPECIFIED = IpAddress.v4(0);
  private static final int BUFFER = 256 * 1024;
  private static final int DATAGRAM = 300;
  private static final int WIREGUARD_DATA = 4;

  private final Shard shard;
  private final Arena arena = Arena.ofShared();
  private final UdpSocket socket;
  private final Counters counters = new Counters();
  private final Sender sender;
  private final Receiver receiver;
  private final Shard.Watch consumer;
  private final MemorySegment train;
  private final MemorySegment single;
  private final UdpPath chosen;
  private final UdpPath free;
  private int rounds;
  private int received;

  UdpRehearsal(LibC libc, Shard shard, boolean offload) {
    this.shard = shard;
    socket =
        UdpSocket.open(
            libc,
            ANY_PORT,
            new UdpSocket.Options(BUFFER, BUFFER, offload, true, false, "the rehearsal"),
            0);
    var calls = SocketCalls.of(libc);
    sender =
        new Sender(
            calls, new int[] {socket.descriptor()}, socket.gso(), counters, index -> {}, arena);
    receiver = new Receiver(calls, socket, shard, counters, arena);
    consumer = shard.consume(Lane.FROM_NETWORK, this::take);
    train = datagrams(4);
    single = datagrams(1);
    chosen = new UdpPath(socket.local(), socket.local().address(), 0, 0);
    free = new UdpPath(socket.local(), UNSPECIFIED, 0, 0);
  }

  private MemorySegment datagrams(int count) {
    var memory = arena.allocate((long) count * DATAGRAM, 8);
    for (int i = 0; i < count; i++) {
      Octets.u32le(memory, (long) i * DATAGRAM, WIREGUARD_DATA);
    }
    return memory;
  }

  private void take(PacketBatch batch) {
    received += batch.size();
    batch.close();
  }

  /** Entries that came back so far. */
  int received() {
    return received;
  }

  @Override
  public void round() {
    rounds++;
    var batch = shard.pool().tryAcquire();
    if (batch != null) {
      var path = (rounds & 1) == 0 ? chosen : free;
      batch.path(MadeUpPackets.add(batch, train, DATAGRAM), path);
      batch.path(MadeUpPackets.add(batch, single, 0), path);
      sender.accept(batch);
    }
    sender.flush();
    receiver.pump();
  }

  @Override
  public void close() {
    consumer.close();
    sender.close();
    socket.close();
    arena.close();
  }
}
