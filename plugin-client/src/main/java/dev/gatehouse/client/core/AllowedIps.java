package dev.gatehouse.client.core;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The networks behind a peer, WireGuard's cryptokey routing for a single one (white paper, section
 * 2). Immutable; lookups allocate nothing.
 */
public final class AllowedIps {

  private static final long MAPPED = 0x0000_ffff_0000_0000L;

  private final long[] high;
  private final long[] low;
  private final long[] highMask;
  private final long[] lowMask;
  private final boolean[] v4;

  /** The networks, in any order. */
  public AllowedIps(List<Cidr> networks) {
    int count = networks.size();
    high = new long[count];
    low = new long[count];
    highMask = new long[count];
    lowMask = new long[count];
    v4 = new boolean[count];
    for (int i = 0; i < count; i++) {
      var network = networks.get(i);
      int kept = network.prefixLength() + 128 - network.address().bits();
      high[i] = network.address().high();
      low[i] = network.address().low();
      highMask[i] = kept >= 64 ? -1L : kept == 0 ? 0 : -1L << (64 - kept);
      lowMask[i] = kept >= 128 ? -1L : kept <= 64 ? 0 : -1L << (128 - kept);
      v4[i] = network.address().isV4();
    }
  }

  /** Whether the packet's destination lies in one of the networks; false for no IP packet. */
  public boolean hasDestination(MemorySegment slab, int offset, int length) {
    return has(slab, offset, length, 16, 24);
  }

  /** Whether the packet's source lies in one of the networks; false for no IP packet. */
  public boolean hasSource(MemorySegment slab, int offset, int length) {
    return has(slab, offset, length, 12, 8);
  }

  private boolean has(MemorySegment slab, int offset, int length, int v4Field, int v6Field) {
    if (length < 20) {
      return false;
    }
    int version = Octets.u8(slab, offset) >>> 4;
    if (version == 4) {
      return has(true, 0, MAPPED | (Octets.u32(slab, offset + v4Field) & 0xffff_ffffL));
    }
    return version == 6
        && length >= 40
        && has(false, Octets.u64(slab, offset + v6Field), Octets.u64(slab, offset + v6Field + 8));
  }

  private boolean has(boolean isV4, long addressHigh, long addressLow) {
    for (int i = 0; i < high.length; i++) {
      if (v4[i] == isV4
          && (addressHigh & highMask[i]) == high[i]
          && (addressLow & lowMask[i]) == low[i]) {
        return true;
      }
    }
    return false;
  }
}
