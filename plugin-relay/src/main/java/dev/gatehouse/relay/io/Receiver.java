package dev.gatehouse.relay.io;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.packet.PacketPool;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.relay.core.FirstBytes;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.MessageHeader;
import dev.gatehouse.relay.core.PathCache;
import dev.gatehouse.relay.core.ReceivedControl;
import dev.gatehouse.relay.core.SocketAddress;
import java.lang.foreign.Arena;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads datagrams and trains from one socket into batches. With no batch to read into, or no room
 * in the lane, it leaves them in the kernel's queue. The shard's thread only.
 */
final class Receiver {

  /** The most a read can give: a whole train. */
  static final int ROOM = 65535;

  private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);

  private final SocketCalls calls;
  private final UdpSocket socket;
  private final PacketPool pool;
  private final PacketLane lane;
  private final Counters counters;
  private final PathCache paths = new PathCache();
  private final ReceivedControl control = new ReceivedControl();
  private final MessageHeader header;
  private int lastError;

  Receiver(SocketCalls calls, UdpSocket socket, Shard shard, Counters counters, Arena arena) {
    this.calls = calls;
    this.socket = socket;
    this.pool = shard.pool();
    this.lane = shard.lane(Lane.FROM_NETWORK);
    this.counters = counters;
    this.header = new MessageHeader(arena, ReceivedControl.BYTES);
  }

  /** Reads one batch full; false if there was nothing, or no room for it. */
  boolean pump() {
    if (lane.credits() == 0) {
      counters.add(Counters.Key.WAITS, 1);
      return false;
    }
    var batch = pool.tryAcquire();
    if (batch == null) {
      counters.add(Counters.Key.WAITS, 1);
      return false;
    }
    boolean any = fill(batch);
    if (batch.isEmpty()) {
      batch.close();
    } else if (!lane.offer(batch)) {
      refuse(batch);
    }
    return any;
  }

  private boolean fill(PacketBatch batch) {
    boolean any = false;
    while (true) {
      int at = batch.reserve(ROOM);
      if (at < 0) {
        return any;
      }
      header.prepare(SocketAddress.BYTES, ReceivedControl.BYTES, batch.address() + at, ROOM);
      long length = calls.receive(socket.descriptor(), header.address());
      if (length < 0) {
        if (!again((int) -length)) {
          return any;
        }
      } else {
        any = true;
        add(batch, at, (int) length);
      }
    }
  }

  private void add(PacketBatch batch, int at, int length) {
    control.read(header.control(), header.controlLength());
    int size = control.segmentSize();
    int segment = size > 0 && size < length ? size : 0;
    long datagrams = segment == 0 ? 1 : (length + segment - 1) / segment;
    counters.add(Counters.Key.READS, 1);
    counters.add(Counters.Key.DATAGRAMS_IN, datagrams);
    counters.add(Counters.Key.BYTES_IN, length);
    boolean whole = (header.flags() & (Linux.MSG_TRUNC | Linux.MSG_CTRUNC)) == 0;
    // A train's later datagrams are judged by the tunnel, like all.
    var kind = FirstBytes.of(batch.slab(), at, segment == 0 ? length : segment);
    if (!whole || kind != FirstBytes.WIREGUARD) {
      counters.drops.count(DropReason.MALFORMED, datagrams);
      return;
    }
    int index = batch.commit(at, length);
    batch.segmentSize(index, segment);
    batch.ecn(index, control.ecn());
    var name = header.name();
    batch.path(
        index,
        paths.path(
            SocketAddress.high(name),
            SocketAddress.low(name),
            SocketAddress.port(name),
            control.localHigh(),
            control.localLow(),
            control.interfaceIndex(),
            socket.index()));
  }

  /** Whether to read on after an error. Each error of a socket is told once, then cleared. */
  private boolean again(int errno) {
    if (errno == Linux.EAGAIN) {
      return false;
    }
    if (errno == Linux.EINTR || errno == Linux.ECONNREFUSED) {
      return true;
    }
    if (errno != lastError) {
      lastError = errno;
      LOG.atDebug()
          .addKeyValue("local", socket.local())
          .addKeyValue("error", calls.words(errno))
          .log("receiving failed");
    }
    return false;
  }

  private void refuse(PacketBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      batch.drop(i, DropReason.LANE_FULL, counters.drops);
    }
    batch.close();
  }
}
