package dev.gatehouse.bench.relay;

import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.ReceivedControl;
import dev.gatehouse.relay.core.SentControl;
import dev.gatehouse.relay.core.SocketAddress;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** A UDP socket on IPv4 loopback that sends trains and reads many at once. One thread. */
final class RawSocket implements AutoCloseable, Dialog.Wire {

  static final int SLOTS = 32;
  private static final int ROOM = 65_536;
  private static final int SO_RCVTIMEO = 20;
  private static final int CONTROL = 64;

  private final LibC libc = CLibrary.load();
  private final Arena arena = Arena.ofShared();
  private final int descriptor;
  private final MemorySegment name = arena.allocate(32, 8);
  private final MemorySegment sending = arena.allocate(128, 8);
  private final MemorySegment control = arena.allocate(CONTROL, 8);
  private final MemorySegment heads = arena.allocate(64L * SLOTS, 8);
  private final MemorySegment vectors = arena.allocate(16L * SLOTS, 8);
  private final MemorySegment controls = arena.allocate((long) CONTROL * SLOTS, 8);
  private final MemorySegment names = arena.allocate(32L * SLOTS, 8);
  private final ReceivedControl read = new ReceivedControl();
  final MemorySegment out = arena.allocate(ROOM, 64);
  final MemorySegment in;
  private final InetSocketAddress remote;
  private final InetAddress bound;

  /**
   * A socket.
   *
   * @param local where it is bound; an address of its own, because relays remember who was there
   * @param trains whether it reads many datagrams at once
   */
  RawSocket(InetSocketAddress local, InetSocketAddress remote, boolean trains) throws IOException {
    this.remote = remote;
    this.bound = local.getAddress();
    in = arena.allocate((long) ROOM * SLOTS, 64);
    descriptor = libc.socket(Linux.AF_INET, Linux.SOCK_DGRAM | 0x80000, 0);
    if (descriptor < 0) {
      throw new IOException("no socket: " + libc.strerror(CLibrary.errno()));
    }
    set(Linux.SOL_SOCKET, Linux.SO_RCVBUFFORCE, 8 << 20);
    set(Linux.SOL_SOCKET, Linux.SO_SNDBUFFORCE, 8 << 20);
    if (trains) {
      set(Linux.SOL_UDP, Linux.UDP_GRO, 1);
    }
    var wait = arena.allocate(16, 8);
    wait.set(ValueLayout.JAVA_LONG, 8, 200_000);
    libc.setsockopt(descriptor, Linux.SOL_SOCKET, SO_RCVTIMEO, wait.address(), 16);
    address(local);
    if (libc.bind(descriptor, name.address(), 16) != 0) {
      throw new IOException("not bound: " + libc.strerror(CLibrary.errno()));
    }
    sending.set(ValueLayout.JAVA_LONG, 0, name.address());
    sending.set(ValueLayout.JAVA_INT, 8, 16);
    sending.set(ValueLayout.JAVA_LONG, 16, sending.address() + 64);
    sending.set(ValueLayout.JAVA_LONG, 24, 1);
    sending.set(ValueLayout.JAVA_LONG, 32, control.address());
    for (int i = 0; i < SLOTS; i++) {
      long at = 64L * i;
      heads.set(ValueLayout.JAVA_LONG, at, names.address() + 32L * i);
      heads.set(ValueLayout.JAVA_LONG, at + 16, vectors.address() + 16L * i);
      heads.set(ValueLayout.JAVA_LONG, at + 24, 1);
      heads.set(ValueLayout.JAVA_LONG, at + 32, controls.address() + (long) CONTROL * i);
      vectors.set(ValueLayout.JAVA_LONG, 16L * i, in.address() + (long) ROOM * i);
      vectors.set(ValueLayout.JAVA_LONG, 16L * i + 8, ROOM - 1);
    }
    to(remote);
  }

  private void set(int level, int option, int to) {
    var value = arena.allocateFrom(ValueLayout.JAVA_INT, to);
    libc.setsockopt(descriptor, level, option, value.address(), 4);
  }

  private void address(InetSocketAddress to) {
    long low = ByteBuffer.wrap(to.getAddress().getAddress()).getInt() & 0xffff_ffffL;
    SocketAddress.write(name, 0, 0xffff_0000_0000L | low, to.getPort(), 0);
  }

  /** Where what is sent goes from now on. */
  void to(InetSocketAddress to) {
    address(to);
  }

  InetSocketAddress local() throws IOException {
    var length = arena.allocateFrom(ValueLayout.JAVA_INT, 32);
    var own = arena.allocate(32, 8);
    libc.getsockname(descriptor, own.address(), length.address());
    return new InetSocketAddress(bound, SocketAddress.port(own));
  }

  /** Sends bytes of {@link #out}, cut into datagrams if {@code size} is less than all. */
  boolean send(int length, int size) {
    int end = size < length ? SentControl.segment(control, 0, size) : 0;
    sending.set(ValueLayout.JAVA_LONG, 40, end);
    sending.set(ValueLayout.JAVA_LONG, 64, out.address());
    sending.set(ValueLayout.JAVA_LONG, 72, length);
    return libc.sendmsg(descriptor, sending.address(), 0) >= 0;
  }

  /** Datagrams and bytes of one read, datagrams in the lower 24 bits; 0 after a while without. */
  long receive() {
    for (int i = 0; i < SLOTS; i++) {
      heads.set(ValueLayout.JAVA_INT, 64L * i + 8, 28);
      heads.set(ValueLayout.JAVA_LONG, 64L * i + 40, CONTROL);
    }
    int count = libc.recvmmsg(descriptor, heads.address(), SLOTS, 0x10000, 0); // MSG_WAITFORONE
    long datagrams = 0;
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      int length = heads.get(ValueLayout.JAVA_INT, 64L * i + 56);
      read.read(
          controls.asSlice((long) CONTROL * i, CONTROL),
          heads.get(ValueLayout.JAVA_LONG, 64L * i + 40));
      int size = read.segmentSize();
      datagrams += size > 0 ? (length + size - 1) / size : 1;
      bytes += length;
    }
    return bytes << 24 | datagrams;
  }

  @Override
  public byte[] ask(byte[] request) throws IOException {
    to(remote);
    for (int attempt = 0; attempt < 15; attempt++) {
      MemorySegment.copy(MemorySegment.ofArray(request), 0, out, 0, request.length);
      send(request.length, request.length);
      int count;
      do {
        heads.set(ValueLayout.JAVA_INT, 8, 28);
        heads.set(ValueLayout.JAVA_LONG, 40, CONTROL);
        count = libc.recvmmsg(descriptor, heads.address(), 1, 0, 0);
      } while (count == 1 && in.get(ValueLayout.JAVA_BYTE, 0) >= 0x40); // late data
      if (count == 1) {
        return in.asSlice(0, heads.get(ValueLayout.JAVA_INT, 56)).toArray(ValueLayout.JAVA_BYTE);
      }
    }
    throw new IOException("no answer from " + remote);
  }

  @Override
  public void close() {
    libc.close(descriptor);
  }
}
