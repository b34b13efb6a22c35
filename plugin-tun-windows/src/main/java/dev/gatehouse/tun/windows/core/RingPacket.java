package dev.gatehouse.tun.windows.core;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Judges a packet that came out of the ring. */
public final class RingPacket {

  private RingPacket() {}

  /**
   * The packet's length by its own header, or zero if it must be dropped.
   *
   * @param bytes how many bytes the ring says it has
   */
  public static int length(MemorySegment slab, int at, int bytes) {
    if (bytes < 20) {
      return 0;
    }
    int first = Octets.u8(slab, at);
    int length =
        switch (first >>> 4) {
          case 4 -> (first & 15) < 5 ? 0 : Octets.u16(slab, at + 2);
          case 6 -> bytes < 40 ? 0 : 40 + Octets.u16(slab, at + 4);
          default -> 0;
        };
    return length > bytes || length < 20 ? 0 : length;
  }

  /** Why a packet of this many bytes is not even taken out; null if it is. */
  public static @Nullable DropReason refusal(int bytes, int mtu) {
    return bytes <= 0 ? DropReason.MALFORMED : bytes > mtu ? DropReason.TOO_BIG : null;
  }
}
