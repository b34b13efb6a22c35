package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.tun.linux.abi.CLibrary;
import dev.gatehouse.tun.linux.core.Errno;
import dev.gatehouse.tun.linux.core.FlowPacket;
import java.lang.foreign.Arena;

/**
 * Writes the packets of {@link dev.gatehouse.api.packet.Lane#TO_TUN} to one descriptor. Packets of
 * one flow that fit together go as one super-packet, gathered from where they lie; a few flows are
 * kept open at a time, so that flows which take turns are merged, too. Everything is written before
 * the batch is closed, and packets of one flow keep their order. Lives on its shard's thread.
 */
final class TunWriter implements BatchConsumer, AutoCloseable {

  private static final int RUNS = 8;

  private final CLibrary libc;
  private final int descriptor;
  private final Traffic traffic;
  private final DeviceState state;
  private final boolean header;
  private final Arena arena = Arena.ofShared();
  private final FlowPacket packet;
  private final Gather[] gathers = new Gather[RUNS];
  private final boolean[] merges = new boolean[2];
  private final boolean[] everMerged = new boolean[2];
  private int open;

  TunWriter(CLibrary libc, int descriptor, Offload offload, Traffic traffic, DeviceState state) {
    this.libc = libc;
    this.descriptor = descriptor;
    this.traffic = traffic;
    this.state = state;
    this.header = offload.header();
    this.packet = new FlowPacket(offload.udp());
    merges[0] = offload.tcp();
    merges[1] = offload.udp();
    for (int i = 0; i < RUNS; i++) {
      gathers[i] = new Gather(arena);
    }
  }

  @Override
  public void accept(PacketBatch batch) {
    for (int i = 0; i < batch.size(); i++) {
      int length = batch.length(i);
      if (length > 0) {
        add(batch, batch.offset(i), length);
      }
    }
    flushAll();
    batch.close();
  }

  private void add(PacketBatch batch, int offset, int length) {
    if (open == 0 && !merges[0] && !merges[1]) {
      single(batch, offset, length);
      return;
    }
    packet.look(batch.slab(), offset, length);
    if (!packet.hasFlow()) {
      // It may be part of any flow, as a fragment is.
      flushAll();
      single(batch, offset, length);
      return;
    }
    boolean mergeable = packet.isMergeable() && merges[packet.isUdp() ? 1 : 0];
    for (int i = 0; i < open; i++) {
      var run = gathers[i].run();
      if (run.isSameFlow(packet)) {
        if (mergeable && run.append(packet)) {
          gathers[i].payload(batch.address() + offset + packet.headers(), packet.payload());
          return;
        }
        flush(i);
        break;
      }
    }
    if (!mergeable) {
      single(batch, offset, length);
      return;
    }
    if (open == RUNS) {
      flush(0);
    }
    var gather = gathers[open++];
    gather.run().begin(packet);
    gather.head(batch.address() + offset, length);
  }

  private void flushAll() {
    while (open > 0) {
      flush(0);
    }
  }

  /** Writes an open run and closes the gap it leaves, so that the oldest stays first. */
  private void flush(int index) {
    var gather = gathers[index];
    write(gather);
    gather.run().clear();
    open--;
    System.arraycopy(gathers, index + 1, gathers, index, open - index);
    gathers[open] = gather;
  }

  private void single(PacketBatch batch, int offset, int length) {
    if (open == RUNS) {
      flush(0);
    }
    var spare = gathers[open];
    spare.head(batch.address() + offset, length);
    writeOne(spare, length);
  }

  private void writeOne(Gather gather, int length) {
    gather.single();
    if (call(gather)) {
      written(1, length);
    } else {
      failed(1);
    }
  }

  private void write(Gather gather) {
    var run = gather.run();
    int count = run.count();
    int kind = run.isUdp() ? 1 : 0;
    run.seal(gather.memory(), Gather.HEADER);
    if (call(gather)) {
      written(count, run.total() + (long) (count - 1) * run.headers());
      everMerged[kind] |= count > 1;
      return;
    }
    if (count > 1 && libc.errno() == Errno.EINVAL) {
      refused(gather, kind);
    } else {
      failed(count);
    }
  }

  /** A kernel that never took such a run is not asked again; either way nothing is lost. */
  private void refused(Gather gather, int kind) {
    var run = gather.run();
    traffic.add(Traffic.REFUSED_RUNS, 1);
    merges[kind] &= everMerged[kind];
    run.unseal();
    int pieces = gather.pieces();
    for (int i = 0; i < pieces; i++) {
      long address = gather.address(i);
      int length = gather.length(i);
      boolean first = i == 0;
      gather.head(
          first ? address : address - run.headers(), first ? length : length + run.headers());
      writeOne(gather, gather.length(0));
    }
  }

  private boolean call(Gather gather) {
    traffic.add(Traffic.WRITE_CALLS, 1);
    return libc.calls().writev(descriptor, gather.vector(header), gather.count(header)) >= 0;
  }

  private void written(int packets, long bytes) {
    traffic.add(Traffic.WRITTEN_PACKETS, packets);
    traffic.add(Traffic.WRITTEN_BYTES, bytes);
  }

  private void failed(int packets) {
    int errno = libc.errno();
    traffic
        .drops()
        .count(errno == Errno.EINVAL ? DropReason.MALFORMED : DropReason.DEVICE_FAILED, packets);
    if (errno == Errno.EBADFD) {
      state.failed(errno);
    }
  }

  /** Whether runs of TCP are still tried. */
  boolean mergesTcp() {
    return merges[0];
  }

  /** Whether runs of UDP are still tried. */
  boolean mergesUdp() {
    return merges[1];
  }

  @Override
  public void close() {
    arena.close();
  }
}
