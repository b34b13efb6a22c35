package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.packet.BatchConsumer;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.core.RingPacket;
import dev.gatehouse.tun.windows.core.WindowsError;

/**
 * Writes the packets of {@link dev.gatehouse.api.packet.Lane#TO_TUN} into the ring. A full ring is
 * tried again for some microseconds; then the packet is dropped and counted, because waiting would
 * hold up every other client. Lives on its shard's thread.
 */
final class RingWriter implements BatchConsumer {

  static final int TRIES = 24;

  private final WindowsApi api;
  private final Traffic traffic;
  private long session;

  RingWriter(WindowsApi api, Traffic traffic) {
    this.api = api;
    this.traffic = traffic;
  }

  /** Sets the session to write to; zero for none. The shard's thread only. */
  void session(long handle) {
    session = handle;
  }

  @Override
  public void accept(PacketBatch batch) {
    long packets = 0;
    long bytes = 0;
    for (int i = 0; i < batch.size(); i++) {
      int length = batch.length(i);
      if (length == 0) {
        continue;
      }
      if (RingPacket.length(batch.slab(), batch.offset(i), length) != length) {
        // The driver takes a ring for corrupt that has such a thing in it.
        batch.drop(i, DropReason.MALFORMED, traffic.drops());
        continue;
      }
      long room = session == 0 ? 0 : room(length);
      if (room == 0) {
        batch.drop(i, DropReason.DEVICE_FAILED, traffic.drops());
      } else {
        api.kernel().RtlMoveMemory(room, batch.address() + batch.offset(i), length);
        api.wintun().WintunSendPacket(session, room);
        packets++;
        bytes += length;
      }
    }
    batch.close();
    traffic.add(Traffic.WRITTEN_PACKETS, packets);
    traffic.add(Traffic.WRITTEN_BYTES, bytes);
  }

  private long room(int length) {
    for (int i = 0; i < TRIES; i++) {
      long room = api.wintun().WintunAllocateSendPacket(session, length);
      if (room != 0) {
        return room;
      }
      if (api.lastError().getAsInt() != WindowsError.BUFFER_OVERFLOW) {
        return 0;
      }
      Thread.onSpinWait();
    }
    traffic.add(Traffic.RING_FULL, 1);
    return 0;
  }
}
