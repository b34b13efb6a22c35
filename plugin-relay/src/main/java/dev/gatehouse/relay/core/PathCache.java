package dev.gatehouse.relay.core;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * The paths datagrams came by lately, so that a known one costs no object. Bounded: every path has
 * four places to be in, and one that finds them taken replaces one of them in turn. One thread.
 */
public final class PathCache {

  private static final int BITS = 12;
  private static final int WAYS = 4;

  private final @Nullable UdpPath[] places = new @Nullable UdpPath[1 << BITS];
  private int turn;

  /** An empty cache. */
  public PathCache() {}

  /**
   * The path with these parts.
   *
   * @param remoteHigh the remote address as in {@link IpAddress#high()}
   * @param remoteLow the remote address as in {@link IpAddress#low()}
   * @param remotePort 0 to 65535
   * @param localHigh the local address, likewise
   * @param localLow the local address, likewise
   */
  public UdpPath path(
      long remoteHigh,
      long remoteLow,
      int remotePort,
      long localHigh,
      long localLow,
      int interfaceIndex,
      int socket) {
    int first = place(remoteHigh, remoteLow, remotePort) & -WAYS;
    int free = -1;
    for (int i = first; i < first + WAYS; i++) {
      var known = places[i];
      if (known == null) {
        free = i;
      } else if (known.remote().port() == remotePort
          && same(known.remote().address(), remoteHigh, remoteLow)
          && same(known.local(), localHigh, localLow)
          && known.interfaceIndex() == interfaceIndex
          && known.socket() == socket) {
        return known;
      }
    }
    var path =
        new UdpPath(
            new Endpoint(new IpAddress(remoteHigh, remoteLow), remotePort),
            new IpAddress(localHigh, localLow),
            interfaceIndex,
            socket);
    places[free >= 0 ? free : first + (turn++ & (WAYS - 1))] = path;
    return path;
  }

  private static boolean same(IpAddress address, long high, long low) {
    return address.low() == low && address.high() == high;
  }

  private static int place(long high, long low, int port) {
    long mixed = (high ^ Long.rotateLeft(low, 17) ^ ((long) port << 40)) * 0x9e37_79b9_7f4a_7c15L;
    mixed ^= mixed >>> 29;
    return (int) ((mixed * 0xbf58_476d_1ce4_e5b9L) >>> (64 - BITS));
  }
}
