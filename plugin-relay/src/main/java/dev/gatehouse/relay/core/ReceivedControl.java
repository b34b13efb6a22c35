package dev.gatehouse.relay.core;

import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads the control messages that came with a datagram or a train: where to it was addressed, its
 * ECN bits, and the size of the datagrams in a train. One thread; allocates nothing.
 */
public final class ReceivedControl {

  /** Room for the messages that are asked for. */
  public static final int BYTES = 256;

  private static final int HEADER = 16;

  private long localHigh;
  private long localLow;
  private int interfaceIndex;
  private int ecn;
  private int segmentSize;

  /** Nothing read yet. */
  public ReceivedControl() {}

  /**
   * Reads messages from the beginning of a segment; unknown and incomplete ones are passed over.
   *
   * @param length how many bytes the kernel wrote
   */
  public void read(MemorySegment from, long length) {
    localHigh = 0;
    localLow = 0;
    interfaceIndex = 0;
    ecn = 0;
    segmentSize = 0;
    long end = Math.min(length, from.byteSize());
    long at = 0;
    while (at + HEADER <= end) {
      long size = from.get(ValueLayout.JAVA_LONG, at);
      if (size < HEADER || size > end - at) {
        return;
      }
      one(
          from,
          from.get(ValueLayout.JAVA_INT, at + 8),
          from.get(ValueLayout.JAVA_INT, at + 12),
          at + HEADER,
          (int) size - HEADER);
      at += (size + 7) & -8;
    }
  }

  private void one(MemorySegment from, int level, int type, long at, int size) {
    if (level == Linux.SOL_UDP && type == Linux.UDP_GRO && size >= 4) {
      segmentSize = from.get(ValueLayout.JAVA_INT, at);
    } else if (level == Linux.IPPROTO_IP && type == Linux.IP_PKTINFO && size >= 12) {
      interfaceIndex = from.get(ValueLayout.JAVA_INT, at);
      localHigh = 0;
      localLow = SocketAddress.mapped(Octets.u32(from, at + 4));
    } else if (level == Linux.IPPROTO_IPV6 && type == Linux.IPV6_PKTINFO && size >= 20) {
      localHigh = Octets.u64(from, at);
      localLow = Octets.u64(from, at + 8);
      interfaceIndex = from.get(ValueLayout.JAVA_INT, at + 16);
    } else if (level == Linux.IPPROTO_IP && type == Linux.IP_TOS && size >= 1) {
      ecn = from.get(ValueLayout.JAVA_BYTE, at) & 3;
    } else if (level == Linux.IPPROTO_IPV6 && type == Linux.IPV6_TCLASS && size >= 4) {
      ecn = from.get(ValueLayout.JAVA_INT, at) & 3;
    }
  }

  /** The upper half of the local address; with {@link #localLow()} zero if it was not told. */
  public long localHigh() {
    return localHigh;
  }

  /** The lower half of the local address. */
  public long localLow() {
    return localLow;
  }

  /** The interface, or 0. */
  public int interfaceIndex() {
    return interfaceIndex;
  }

  /** The ECN bits, 0 to 3. */
  public int ecn() {
    return ecn;
  }

  /** The size of a train's datagrams; 0 if it is not a train. */
  public int segmentSize() {
    return segmentSize;
  }
}
