package dev.gatehouse.bench.tunnel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;

/**
 * A UDP socket that sends and receives many datagrams with one system call, so that a generator is
 * not what bounds a measurement. IPv4 on Linux. One thread.
 */
final class FastSocket implements AutoCloseable {

  /** Datagrams of one call. */
  static final int SLOTS = 64;

  private static final int ROOM = 65_536;
  private static final int NAME = 16;
  private static final int CONTROL = 64;
  private static final int HEADER = 64;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SOL_UDP = 17;
  private static final int UDP_SEGMENT = 103;
  private static final int UDP_GRO = 104;
  private static final int MSG_WAITFORONE = 0x10000;
  private static final int BUFFER = 8 << 20;

  /** The C library's functions in use. */
  public interface LibC {
    /** See socket(2). */
    int socket(int domain, int type, int protocol);

    /** See bind(2). */
    int bind(int descriptor, long address, int length);

    /** See connect(2). */
    int connect(int descriptor, long address, int length);

    /** See setsockopt(2). */
    int setsockopt(int descriptor, int level, int option, long value, int length);

    /** See sendmmsg(2). */
    int sendmmsg(int descriptor, long messages, int count, int flags);

    /** See recvmmsg(2). */
    int recvmmsg(int descriptor, long messages, int count, int flags, long timeout);

    /** See close(2). */
    int close(int descriptor);
  }

  private final LibC libc =
      LibraryLoader.create(LibC.class).load(Platform.getNativePlatform().getStandardCLibraryName());
  private final Arena arena = Arena.ofShared();
  private final MemorySegment headers = arena.allocate((long) SLOTS * HEADER, 64);
  private final MemorySegment vectors = arena.allocate(SLOTS * 16L, 16);
  private final MemorySegment names = arena.allocate((long) SLOTS * NAME, 16);
  private final MemorySegment controls = arena.allocate((long) SLOTS * CONTROL, 16);
  private final MemorySegment data = arena.allocate((long) SLOTS * ROOM, 64);
  private final int descriptor;
  private int size;
  private int perMessage = 1;

  private FastSocket() throws IOException {
    descriptor = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    if (descriptor < 0) {
      throw new IOException("there is no socket");
    }
    set(SOL_SOCKET, SO_SNDBUFFORCE, BUFFER);
    set(SOL_SOCKET, SO_RCVBUFFORCE, BUFFER);
    for (int i = 0; i < SLOTS; i++) {
      long at = (long) i * HEADER;
      headers.set(ValueLayout.JAVA_LONG, at + 16, vectors.address() + i * 16L);
      headers.set(ValueLayout.JAVA_LONG, at + 24, 1);
    }
  }

  /** One that receives at an address, in trains where the kernel joins them. */
  static FastSocket bound(InetSocketAddress to) throws IOException {
    var socket = new FastSocket();
    socket.set(SOL_UDP, UDP_GRO, 1);
    if (socket.libc.bind(socket.descriptor, socket.name(to), NAME) != 0) {
      throw new IOException("not bound to " + to);
    }
    for (int i = 0; i < SLOTS; i++) {
      long at = (long) i * HEADER;
      socket.headers.set(ValueLayout.JAVA_LONG, at, socket.names.address() + (long) i * NAME);
      socket.headers.set(
          ValueLayout.JAVA_LONG, at + 32, socket.controls.address() + (long) i * CONTROL);
      socket.vector(i, socket.data.address() + (long) i * ROOM, ROOM - 1);
    }
    return socket;
  }

  /**
   * One that sends the same datagram again and again.
   *
   * @param trains whether the kernel gets many in one piece and cuts them where it must
   */
  static FastSocket connected(InetSocketAddress to, byte[] datagram, boolean trains)
      throws IOException {
    var socket = new FastSocket();
    if (socket.libc.connect(socket.descriptor, socket.name(to), NAME) != 0) {
      throw new IOException("not connected to " + to);
    }
    int size = datagram.length;
    int perMessage = trains ? Math.min(SLOTS, 60_000 / size) : 1;
    for (int i = 0; i < perMessage; i++) {
      MemorySegment.copy(datagram, 0, socket.data, ValueLayout.JAVA_BYTE, (long) i * size, size);
    }
    if (trains) {
      socket.set(SOL_UDP, UDP_SEGMENT, size);
    }
    for (int i = 0; i < SLOTS; i++) {
      socket.vector(i, socket.data.address(), size);
    }
    socket.size = size;
    socket.perMessage = perMessage;
    return socket;
  }

  private void set(int level, int option, int value) {
    var memory = arena.allocateFrom(ValueLayout.JAVA_INT, value);
    libc.setsockopt(descriptor, level, option, memory.address(), Integer.BYTES);
  }

  private long name(InetSocketAddress address) {
    names.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
    names.asByteBuffer().putShort(2, (short) address.getPort());
    names.asByteBuffer().put(4, address.getAddress().getAddress());
    return names.address();
  }

  private void vector(int slot, long address, long length) {
    vectors.set(ValueLayout.JAVA_LONG, slot * 16L, address);
    vectors.set(ValueLayout.JAVA_LONG, slot * 16L + 8, length);
  }

  /** Sends at most that many; how many the kernel took, or that many after an error. */
  long send(long count) {
    long sent = 0;
    while (sent < count) {
      long left = count - sent;
      int messages = (int) Math.min(perMessage == 1 ? SLOTS : 1, left);
      int each = (int) Math.min(perMessage, left);
      if (perMessage > 1) {
        vector(0, data.address(), (long) each * size);
      }
      int taken = libc.sendmmsg(descriptor, headers.address(), messages, 0);
      // A full queue on the way: the datagram counts as sent and is missing at the other end.
      sent += (long) Math.max(1, taken) * each;
    }
    return sent;
  }

  /** Waits for messages; how many came, each a datagram or a train. */
  int receive() {
    for (int i = 0; i < SLOTS; i++) {
      headers.set(ValueLayout.JAVA_INT, (long) i * HEADER + 8, NAME);
      headers.set(ValueLayout.JAVA_LONG, (long) i * HEADER + 40, CONTROL);
      vector(i, data.address() + (long) i * ROOM, ROOM - 1);
    }
    return Math.max(0, libc.recvmmsg(descriptor, headers.address(), SLOTS, MSG_WAITFORONE, 0));
  }

  /** The first datagram's bytes, from what the last call gave. */
  ByteBuffer message(int index) {
    return data.asSlice((long) index * ROOM, length(index)).asByteBuffer();
  }

  private int length(int index) {
    return headers.get(ValueLayout.JAVA_INT, (long) index * HEADER + 56);
  }

  /** How many datagrams a message has. */
  int datagrams(int index) {
    long at = (long) index * CONTROL;
    long told = headers.get(ValueLayout.JAVA_LONG, (long) index * HEADER + 40);
    boolean train = told >= 20 && controls.get(ValueLayout.JAVA_INT, at + 12) == UDP_GRO;
    int segment = train ? controls.get(ValueLayout.JAVA_INT, at + 16) : 0;
    return segment > 0 ? (length(index) + segment - 1) / segment : 1;
  }

  /** Sends a received message back to where it came from. */
  void answer(int index) {
    long at = (long) index * HEADER;
    headers.set(ValueLayout.JAVA_LONG, at + 40, 0);
    vector(index, data.address() + (long) index * ROOM, length(index));
    libc.sendmmsg(descriptor, headers.address() + at, 1, 0);
  }

  @Override
  public void close() {
    libc.close(descriptor);
    arena.close();
  }
}
