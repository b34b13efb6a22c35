package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.tun.linux.abi.CLibrary;
import dev.gatehouse.tun.linux.core.Errno;
import dev.gatehouse.tun.linux.core.KernelPacket;
import dev.gatehouse.tun.linux.core.VirtioHeader;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads packets from one descriptor into {@link Lane#FROM_TUN}. Lives on its shard's thread.
 *
 * <p>When the lane is full or the pool is empty it stops reading and asks again a millisecond
 * later, so that loss happens in the kernel's queue, where it is counted. A batch the lane did not
 * take is kept and offered first.
 */
final class TunReader implements Shard.Pump {

  static final int MAX_PACKETS = 64;

  /**
   * With so much a batch is passed on. A super-packet of 64 KiB is a little more than one send
   * takes once it is sealed; with two or three in a batch what is left of one goes with the next.
   */
  private static final int ENOUGH_BYTES = 128 * 1024;

  private static final int MAX_BYTES = 65535;
  private static final Duration RETRY = Duration.ofMillis(1);

  private final CLibrary libc;
  private final int descriptor;
  private final Shard shard;
  private final PacketLane lane;
  private final Traffic traffic;
  private final DeviceState state;
  private final KernelPacket packet;
  private final int headerBytes;
  private final int room;
  private Shard.@Nullable DescriptorWatch watch;
  private @Nullable PacketBatch held;
  private boolean paused;
  private boolean retryPending;
  private boolean stopped;

  TunReader(
      CLibrary libc,
      int descriptor,
      Offload offload,
      int mtu,
      Shard shard,
      Traffic traffic,
      DeviceState state) {
    this.libc = libc;
    this.descriptor = descriptor;
    this.shard = shard;
    this.lane = shard.lane(Lane.FROM_TUN);
    this.traffic = traffic;
    this.state = state;
    this.packet = new KernelPacket(mtu);
    this.headerBytes = offload.header() ? VirtioHeader.BYTES : 0;
    // One byte more than allowed shows a packet that is too long.
    this.room = offload.tcp() ? MAX_BYTES : Math.min(MAX_BYTES, mtu + 1);
  }

  /** Begins to read. */
  void start() {
    watch = shard.watch(descriptor, this);
  }

  /** Ends reading; the shard's thread only. */
  void stop() {
    stopped = true;
    if (watch != null) {
      watch.close();
      watch = null;
    }
    var batch = held;
    held = null;
    if (batch != null) {
      for (int i = 0; i < batch.size(); i++) {
        traffic.drops().count(DropReason.STOPPING, batch.packets(i));
      }
      batch.close();
    }
  }

  @Override
  public boolean pump() {
    if (stopped || !deliverHeld() || lane.credits() <= 0) {
      return pause();
    }
    var batch = shard.pool().tryAcquire();
    if (batch == null) {
      return pause();
    }
    fill(batch);
    if (batch.isEmpty()) {
      batch.close();
      resume();
      return false;
    }
    if (!lane.offer(batch)) {
      held = batch;
      pause();
      return true;
    }
    resume();
    return true;
  }

  private boolean deliverHeld() {
    var batch = held;
    if (batch == null) {
      return true;
    }
    if (!lane.offer(batch)) {
      return false;
    }
    held = null;
    return true;
  }

  private void fill(PacketBatch batch) {
    long packets = 0;
    long bytes = 0;
    int calls = 0;
    while (calls < MAX_PACKETS && bytes < ENOUGH_BYTES) {
      int at = batch.reserve(room);
      if (at < 0) {
        break;
      }
      long read =
          libc.calls()
              .read(descriptor, batch.address() + at - headerBytes, (long) room + headerBytes);
      calls++;
      if (read < 0) {
        if (isNothingMore(libc.errno())) {
          break;
        }
      } else if (accept(batch, at, (int) read - headerBytes)) {
        int index = batch.size() - 1;
        packets += batch.packets(index);
        bytes += batch.length(index);
      }
    }
    traffic.add(Traffic.READ_PACKETS, packets);
    traffic.add(Traffic.READ_BYTES, bytes);
    traffic.add(Traffic.READ_CALLS, calls);
  }

  private boolean accept(PacketBatch batch, int at, int bytes) {
    boolean good =
        headerBytes == 0
            ? packet.acceptPlain(batch.slab(), at, bytes)
            : packet.acceptWithHeader(batch.slab(), at, bytes);
    var refusal = packet.refusal();
    if (!good || refusal != null) {
      traffic.drops().count(refusal == null ? DropReason.MALFORMED : refusal, 1);
      return false;
    }
    int index = batch.commit(at, packet.length());
    batch.segmentSize(index, packet.segmentSize());
    return true;
  }

  private boolean isNothingMore(int errno) {
    if (errno == Errno.EAGAIN) {
      return true;
    }
    if (errno == Errno.EINVAL || errno == Errno.EINTR) {
      // A super-packet of a kind nobody asked for; the kernel has thrown it away.
      if (errno == Errno.EINVAL) {
        traffic.drops().count(DropReason.MALFORMED, 1);
      }
      return false;
    }
    state.failed(errno);
    if (watch != null) {
      // A descriptor without device is readable for ever.
      watch.readable(false);
      watch.close();
      watch = null;
    }
    stopped = true;
    return true;
  }

  private boolean pause() {
    if (stopped) {
      return false;
    }
    if (!paused) {
      paused = true;
      traffic.add(Traffic.PAUSES, 1);
      readable(false);
    }
    if (!retryPending) {
      retryPending = true;
      shard.after(RETRY, this::retry);
    }
    return false;
  }

  private void retry() {
    retryPending = false;
    if (paused && !stopped) {
      pump();
    }
  }

  private void resume() {
    if (paused) {
      paused = false;
      readable(true);
    }
  }

  private void readable(boolean wanted) {
    if (watch != null) {
      watch.readable(wanted);
    }
  }
}
