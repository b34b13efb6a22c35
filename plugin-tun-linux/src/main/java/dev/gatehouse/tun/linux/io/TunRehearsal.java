package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.tun.linux.abi.CLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The device's reader and writer on two sockets joined to each other instead of a device: what the
 * writer merges, the reader judges.
 */
final class TunRehearsal implements Rehearsal {

  private static final int AF_UNIX = 1;
  private static final int SEQPACKET_NONBLOCK_CLOEXEC = 5 | 0x800 | 0x80000;
  private static final int PIECE = 256;
  private static final int PIECES = 4;

  private final CLibrary libc;
  private final Shard shard;
  private final int[] ends = new int[2];
  private final TunWriter writer;
  private final TunReader reader;
  private final List<Shard.Watch> consumers = new ArrayList<>();
  private final List<MemorySegment> packets = new ArrayList<>();
  private int rounds;
  private int read;

  /**
   * Opens the sockets.
   *
   * @throws IllegalStateException if there are none
   */
  TunRehearsal(CLibrary libc, Offload offload, int mtu, Shard shard) {
    this.libc = libc;
    this.shard = shard;
    try (var arena = Arena.ofConfined()) {
      var numbers = arena.allocate(ValueLayout.JAVA_INT, 2);
      if (libc.calls().socketpair(AF_UNIX, SEQPACKET_NONBLOCK_CLOEXEC, 0, numbers.address()) < 0) {
        throw new IllegalStateException("no sockets to rehearse with: error " + libc.errno());
      }
      ends[0] = numbers.getAtIndex(ValueLayout.JAVA_INT, 0);
      ends[1] = numbers.getAtIndex(ValueLayout.JAVA_INT, 1);
    }
    var state = new DeviceState();
    writer = new TunWriter(libc, ends[0], offload, new Traffic(), state);
    reader = new TunReader(libc, ends[1], offload, mtu, shard, new Traffic(), state);
    consumers.add(shard.consume(Lane.TO_TUN, writer));
    consumers.add(shard.consume(Lane.FROM_TUN, this::take));
    for (int i = 0; i < PIECES; i++) {
      packets.add(MadeUpPackets.offHeap(MadeUpPackets.DOWN.tcp(1 + i * PIECE, PIECE)));
    }
    packets.add(MadeUpPackets.offHeap(MadeUpPackets.DOWN.tcp(1, 0)));
    packets.add(MadeUpPackets.offHeap(MadeUpPackets.DOWN.udp(64)));
    packets.add(MadeUpPackets.offHeap(MadeUpPackets.DOWN.udp(64)));
  }

  private void take(PacketBatch batch) {
    read += batch.size();
    batch.close();
  }

  /** Packets and trains that came back so far. */
  int read() {
    return read;
  }

  @Override
  public void round() {
    rounds++;
    var batch = shard.pool().tryAcquire();
    if (batch == null) {
      return;
    }
    // Trains mostly, and now and then everything there is.
    int most = rounds % 4 == 0 ? packets.size() : PIECES + 1;
    for (int i = 0; i < most; i++) {
      MadeUpPackets.add(batch, packets.get(i), 0);
    }
    if (!shard.lane(Lane.TO_TUN).offer(batch)) {
      batch.close();
    }
    reader.pump();
  }

  @Override
  public void close() {
    consumers.forEach(Shard.Watch::close);
    reader.stop();
    writer.close();
    libc.calls().close(ends[0]);
    libc.calls().close(ends[1]);
  }
}
