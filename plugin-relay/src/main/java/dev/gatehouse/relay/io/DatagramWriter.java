package dev.gatehouse.relay.io;

import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.SentControl;
import dev.gatehouse.relay.core.SocketAddress;
import dev.gatehouse.relay.io.RelayCounters.Tally;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Gathers datagrams that go the same way into trains, which the kernel cuts (UDP_SEGMENT), and
 * sends them from where they lie. A train is sent once a datagram does not fit in, or by {@link
 * #flush}. What a full socket does not take is dropped and counted. One thread; allocates nothing.
 */
final class DatagramWriter {

  /** The most datagrams in one call that every kernel takes. */
  static final int TRAIN_DATAGRAMS = 64;

  /** The most bytes in one call: 65535 less the headers of IPv6 and UDP. */
  static final int TRAIN_BYTES = 65_487;

  /** Room for what stands before the payloads of a train. */
  private static final int PREFIXES = TRAIN_DATAGRAMS * 48;

  private static final int VECTOR = 16;

  private final LibC libc;
  private final RelayCounters counters;
  private final MemorySegment header;
  private final MemorySegment name;
  private final MemorySegment control;
  private final MemorySegment vectors;
  private final MemorySegment prefixes;
  private boolean trains;

  // The way of the train that is being gathered.
  private int descriptor = -1;
  private long high;
  private long low;
  private int port;
  private @Nullable RelayLink source;

  private final int[] firstVector = new int[TRAIN_DATAGRAMS + 1];
  private int datagrams;
  private int vectorCount;
  private int bytes;
  private int segment;
  private int prefixed;
  private boolean complete;

  DatagramWriter(LibC libc, boolean trains, RelayCounters counters, Arena arena) {
    this.libc = libc;
    this.trains = trains;
    this.counters = counters;
    header = arena.allocate(56, 64);
    name = arena.allocate(SocketAddress.BYTES, 8);
    control = arena.allocate(SentControl.BYTES, 8);
    vectors = arena.allocate((long) TRAIN_DATAGRAMS * 2 * VECTOR, 16);
    prefixes = arena.allocate(PREFIXES, 8);
    header.set(ValueLayout.JAVA_LONG, 0, name.address());
    header.set(ValueLayout.JAVA_LONG, 32, control.address());
  }

  /** Whether trains are sent as such. */
  boolean sendsTrains() {
    return trains;
  }

  /**
   * Where to write what stands before the next payload; to be called before {@link #add}, with the
   * way of that datagram.
   *
   * @param from the socket, and its local address if that has to be named
   * @param total how long the datagram will be
   */
  MemorySegment prefixes(
      int socket, @Nullable RelayLink from, long toHigh, long toLow, int toPort, int total) {
    if (!joins(socket, from, toHigh, toLow, toPort, total)) {
      flush();
      descriptor = socket;
      source = from;
      high = toHigh;
      low = toLow;
      port = toPort;
    }
    return prefixes;
  }

  /** Where in {@link #prefixes} the next prefix goes. */
  int prefixOffset() {
    return prefixed;
  }

  /**
   * Adds a datagram on the way named last.
   *
   * @param prefix how many bytes were written at {@link #prefixOffset()}
   * @param payload the address of the rest, which stays in place until {@link #flush}
   */
  void add(int prefix, long payload, int length) {
    firstVector[datagrams] = vectorCount;
    if (prefix > 0) {
      vector(prefixes.address() + prefixed, prefix);
      prefixed += prefix;
    }
    if (length > 0 || prefix == 0) {
      vector(payload, length);
    }
    int total = prefix + length;
    if (datagrams == 0) {
      segment = total;
    } else if (total < segment) {
      complete = true;
    }
    bytes += total;
    datagrams++;
  }

  private boolean joins(
      int socket, @Nullable RelayLink from, long toHigh, long toLow, int toPort, int total) {
    return trains
        && datagrams > 0
        && datagrams < TRAIN_DATAGRAMS
        && !complete
        && descriptor == socket
        && high == toHigh
        && low == toLow
        && port == toPort
        && isSame(source, from)
        && total <= segment
        && total > 0
        && bytes + total <= TRAIN_BYTES;
  }

  @SuppressWarnings("ReferenceEquality") // there is one object per link
  private static boolean isSame(@Nullable RelayLink one, @Nullable RelayLink other) {
    return one == other;
  }

  private void vector(long address, long length) {
    long at = (long) vectorCount * VECTOR;
    vectors.set(ValueLayout.JAVA_LONG, at, address);
    vectors.set(ValueLayout.JAVA_LONG, at + 8, length);
    vectorCount++;
  }

  /** Sends what was gathered. */
  void flush() {
    if (datagrams == 0) {
      return;
    }
    firstVector[datagrams] = vectorCount;
    int scope = source == null ? 0 : source.interfaceIndex();
    int nameLength = SocketAddress.write(name, high, low, port, scope);
    int error = send(nameLength, 0, vectorCount, datagrams > 1 ? segment : 0);
    if (error == 0) {
      sent(datagrams, bytes);
    } else if (datagrams > 1 && isRefusalOfTrain(error)) {
      if (error == Linux.EIO) {
        trains = false; // the device cannot fill in checksums
      }
      counters.add(Tally.REFUSED_TRAINS, 1);
      singly(nameLength);
    } else {
      lost(error, datagrams);
    }
    datagrams = 0;
    vectorCount = 0;
    bytes = 0;
    segment = 0;
    prefixed = 0;
    complete = false;
  }

  private static boolean isRefusalOfTrain(int error) {
    return error == Linux.EIO || error == Linux.EINVAL || error == Linux.EMSGSIZE;
  }

  private void singly(int nameLength) {
    for (int i = 0; i < datagrams; i++) {
      int error = send(nameLength, firstVector[i], firstVector[i + 1] - firstVector[i], 0);
      if (error == 0) {
        int length = i < datagrams - 1 ? segment : bytes - segment * (datagrams - 1);
        sent(1, length);
      } else {
        lost(error, 1);
      }
    }
  }

  private int send(int nameLength, int fromVector, int count, int cut) {
    int end = 0;
    var named = source;
    if (named != null && !named.local().isUnspecified()) {
      end = SentControl.source(control, end, named.local(), named.interfaceIndex());
    }
    if (cut > 0) {
      end = SentControl.segment(control, end, cut);
    }
    header.set(ValueLayout.JAVA_INT, 8, nameLength);
    header.set(ValueLayout.JAVA_LONG, 16, vectors.address() + (long) fromVector * VECTOR);
    header.set(ValueLayout.JAVA_LONG, 24, count);
    header.set(ValueLayout.JAVA_LONG, 40, end);
    return libc.sendmsg(descriptor, header.address(), 0) < 0 ? CLibrary.errno() : 0;
  }

  private void sent(int count, int length) {
    counters.add(Tally.WRITES, 1);
    counters.add(Tally.DATAGRAMS_OUT, count);
    counters.add(Tally.BYTES_OUT, length);
  }

  private void lost(int error, int count) {
    boolean full = error == Linux.EAGAIN || error == Linux.ENOBUFS;
    counters.add(full ? Tally.EGRESS_FULL : Tally.SEND_FAILED, count);
  }
}
