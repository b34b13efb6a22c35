package dev.gatehouse.gateway.core;

import java.util.Arrays;

/**
 * The sessions of one client's address translation: inside (protocol, source port, proxy address) ↔
 * outside (protocol, port, real address), one to one. For ICMP echo the identifier is the port.
 * Plain arrays; a packet of a known session allocates nothing, and memory is bounded.
 *
 * <p>A session that has ended leaves its outside tuple behind as <em>expired</em> until the tuple
 * is used again, so that late packets are not taken for something else. One thread at a time.
 */
final class NatSessions {

  /** The most sessions a client may have at once. */
  static final int MOST = 16_384;

  /** How many ports are tried for a new session before it is refused. */
  static final int PORTS_TRIED = 1024;

  /** How long a session may say nothing, in nanoseconds: TCP after an answer. */
  static final long TCP = seconds(2 * 3600 + 4 * 60);

  /** UDP and ICMP echo after an answer. */
  static final long OTHER = seconds(120);

  /** Without any answer, since the last packet outward. */
  static final long UNANSWERED = seconds(60);

  /** After both FINs. */
  static final long CLOSED = seconds(5);

  /** For how long at least an expired tuple is remembered while memory is not short. */
  static final long REMEMBERED = seconds(120);

  private static final int FIRST = 16;

  private static final int LIVE = 1;
  private static final int EXPIRED = 2;
  private static final int ANSWERED = 4;
  private static final int FIN_OUT = 8;
  private static final int FIN_IN = 16;

  private final long salt;
  private byte[] protocol = {};
  private byte[] flags = {};
  private char[] insidePort = {};
  private char[] outsidePort = {};
  private long[] proxyHigh = {};
  private long[] proxyLow = {};
  private long[] realHigh = {};
  private long[] realLow = {};
  private long[] lastOut = {};
  private long[] lastIn = {};
  private int[] free = {};
  private int freeCount;
  private int[] inside = new int[2];
  private int[] outside = new int[2];
  private int live;
  private long sweptNanos = Long.MIN_VALUE;

  /**
   * No sessions yet.
   *
   * @param salt a secret that spreads the tuples, so that nobody can make them collide
   */
  NatSessions(long salt) {
    this.salt = salt;
  }

  private static long seconds(int seconds) {
    return seconds * 1_000_000_000L;
  }

  static long mix(long value) {
    long mixed = (value ^ (value >>> 33)) * 0xff51_afd7_ed55_8ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ce_b9fe_1a85_ec53L;
    return mixed ^ (mixed >>> 33);
  }

  private int home(int[] index, int proto, int port, long high, long low) {
    long key = mix(salt ^ low) + 31 * mix(high ^ (long) proto << 16 ^ port);
    return (int) (mix(key) & (index.length - 1));
  }

  @SuppressWarnings("ReferenceEquality") // which of the two arrays it is
  private int homeOf(int[] index, int slot) {
    return index == inside
        ? home(index, protocol[slot] & 255, insidePort[slot], proxyHigh[slot], proxyLow[slot])
        : home(index, protocol[slot] & 255, outsidePort[slot], realHigh[slot], realLow[slot]);
  }

  /** How many sessions have not ended, those included that have run out unnoticed. */
  int live() {
    return live;
  }

  /** The live session with this inside tuple, or -1. One that has run out ends now. */
  int findInside(int proto, int port, long high, long low, long now) {
    int at = home(inside, proto, port, high, low);
    for (int entry = inside[at]; entry != 0; entry = inside[at]) {
      int slot = entry - 1;
      if (proxyLow[slot] == low
          && insidePort[slot] == port
          && (protocol[slot] & 255) == proto
          && proxyHigh[slot] == high) {
        if (now - deadline(slot) < 0) {
          return slot;
        }
        expire(slot);
        return -1;
      }
      at = (at + 1) & (inside.length - 1);
    }
    return -1;
  }

  /** The session with this outside tuple, live or expired, or -1. */
  int findOutside(int proto, int port, long high, long low, long now) {
    int at = home(outside, proto, port, high, low);
    for (int entry = outside[at]; entry != 0; entry = outside[at]) {
      int slot = entry - 1;
      if (realLow[slot] == low
          && outsidePort[slot] == port
          && (protocol[slot] & 255) == proto
          && realHigh[slot] == high) {
        if (isLive(slot) && now - deadline(slot) >= 0) {
          expire(slot);
        }
        return slot;
      }
      at = (at + 1) & (outside.length - 1);
    }
    return -1;
  }

  /**
   * Opens a session for an inside tuple that has none. Its outside port is the inside one if that
   * is free for the real address, else the next one upwards that is, from 65535 on to 1.
   *
   * @return the session, or -1 if there is no room or no port
   */
  int open(int proto, int port, Translation translation, long high, long low, long now) {
    int chosen = choosePort(proto, port, high, low, now);
    if (chosen < 0 || (freeCount == 0 && !makeRoom(now))) {
      return -1;
    }
    int slot = free[--freeCount];
    protocol[slot] = (byte) proto;
    flags[slot] = LIVE;
    insidePort[slot] = (char) port;
    outsidePort[slot] = (char) chosen;
    proxyHigh[slot] = translation.proxy().high();
    proxyLow[slot] = translation.proxy().low();
    realHigh[slot] = high;
    realLow[slot] = low;
    lastOut[slot] = now;
    lastIn[slot] = now;
    link(inside, slot);
    link(outside, slot);
    live++;
    return slot;
  }

  private int choosePort(int proto, int port, long high, long low, long now) {
    int candidate = port;
    for (int i = 0; i < PORTS_TRIED; i++) {
      int holder = findOutside(proto, candidate, high, low, now);
      if (holder < 0) {
        return candidate;
      }
      if (!isLive(holder)) {
        release(holder);
        return candidate;
      }
      candidate = candidate == 0xffff ? 1 : candidate + 1;
    }
    return -1;
  }

  boolean isLive(int slot) {
    return (flags[slot] & LIVE) != 0;
  }

  boolean isClosed(int slot) {
    return (flags[slot] & (FIN_OUT | FIN_IN)) == (FIN_OUT | FIN_IN);
  }

  /** Notes a packet outward. */
  void sent(int slot, long now, boolean fin) {
    lastOut[slot] = now;
    flags[slot] = (byte) (flags[slot] | (fin ? FIN_OUT : 0));
  }

  /** Notes a packet inward. */
  void received(int slot, long now, boolean fin) {
    lastIn[slot] = now;
    flags[slot] = (byte) (flags[slot] | ANSWERED | (fin ? FIN_IN : 0));
  }

  private long deadline(int slot) {
    int state = flags[slot];
    if ((state & ANSWERED) == 0) {
      return lastOut[slot] + UNANSWERED;
    }
    long last = Math.max(lastOut[slot], lastIn[slot]);
    if (isClosed(slot)) {
      return last + CLOSED;
    }
    return last + ((protocol[slot] & 255) == IpPacket.TCP ? TCP : OTHER);
  }

  /** Ends a session; its outside tuple stays known as expired. */
  void expire(int slot) {
    unlink(inside, slot);
    flags[slot] = EXPIRED;
    live--;
  }

  private void release(int expiredSlot) {
    unlink(outside, expiredSlot);
    flags[expiredSlot] = 0;
    free[freeCount++] = expiredSlot;
  }

  int outsidePort(int slot) {
    return outsidePort[slot];
  }

  int insidePort(int slot) {
    return insidePort[slot];
  }

  long proxyHigh(int slot) {
    return proxyHigh[slot];
  }

  long proxyLow(int slot) {
    return proxyLow[slot];
  }

  long realHigh(int slot) {
    return realHigh[slot];
  }

  long realLow(int slot) {
    return realLow[slot];
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(flags, (byte) 0);
    Arrays.fill(inside, 0);
    Arrays.fill(outside, 0);
    freeCount = 0;
    for (int slot = flags.length - 1; slot >= 0; slot--) {
      free[freeCount++] = slot;
    }
    live = 0;
  }

  private boolean makeRoom(long now) {
    boolean full = flags.length == MOST;
    if (!full || now - sweptNanos > seconds(1) || sweptNanos == Long.MIN_VALUE) {
      sweptNanos = now;
      sweep(now, full ? 0 : REMEMBERED);
    }
    if (!full && freeCount < flags.length / 4 + 1) {
      grow();
    }
    return freeCount > 0;
  }

  private void sweep(long now, long remembered) {
    for (int slot = 0; slot < flags.length; slot++) {
      if (isLive(slot) && now - deadline(slot) >= 0) {
        expire(slot);
      }
      if ((flags[slot] & EXPIRED) != 0
          && now - Math.max(lastOut[slot], lastIn[slot]) >= remembered) {
        release(slot);
      }
    }
  }

  private void grow() {
    int before = flags.length;
    int size = before == 0 ? FIRST : Math.min(MOST, before * 2);
    protocol = Arrays.copyOf(protocol, size);
    flags = Arrays.copyOf(flags, size);
    insidePort = Arrays.copyOf(insidePort, size);
    outsidePort = Arrays.copyOf(outsidePort, size);
    proxyHigh = Arrays.copyOf(proxyHigh, size);
    proxyLow = Arrays.copyOf(proxyLow, size);
    realHigh = Arrays.copyOf(realHigh, size);
    realLow = Arrays.copyOf(realLow, size);
    lastOut = Arrays.copyOf(lastOut, size);
    lastIn = Arrays.copyOf(lastIn, size);
    free = Arrays.copyOf(free, size);
    for (int slot = size - 1; slot >= before; slot--) {
      free[freeCount++] = slot;
    }
    inside = new int[size * 4];
    outside = new int[size * 4];
    for (int slot = 0; slot < before; slot++) {
      if (isLive(slot)) {
        link(inside, slot);
      }
      if (flags[slot] != 0) {
        link(outside, slot);
      }
    }
  }

  private void link(int[] index, int slot) {
    int at = homeOf(index, slot);
    while (index[at] != 0) {
      at = (at + 1) & (index.length - 1);
    }
    index[at] = slot + 1;
  }

  /** Takes an entry out and moves up what was pushed behind it, so that no search stops early. */
  private void unlink(int[] index, int slot) {
    int mask = index.length - 1;
    int hole = homeOf(index, slot);
    while (index[hole] != slot + 1) {
      hole = (hole + 1) & mask;
    }
    for (int next = (hole + 1) & mask; index[next] != 0; next = (next + 1) & mask) {
      int home = homeOf(index, index[next] - 1);
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        index[hole] = index[next];
        hole = next;
      }
    }
    index[hole] = 0;
  }
}
