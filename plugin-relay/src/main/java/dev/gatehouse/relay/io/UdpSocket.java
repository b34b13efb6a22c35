package dev.gatehouse.relay.io;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.SocketAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.regex.Pattern;

/** A bound, non-blocking UDP socket and what its kernel agreed to. */
final class UdpSocket implements AutoCloseable {

  /** Before this release, trains lost their segment sizes in some cases. */
  private static final int FIRST_GOOD_GRO = release(5, 12);

  /** What SO_MEMINFO tells, and which of it is the datagrams dropped. */
  private static final int MEMORY_FIGURES = 9;

  private static final int DROPS = 8;

  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

  private final LibC libc;
  private final int descriptor;
  private final int index;
  private final Endpoint local;
  private final boolean gso;
  private final boolean gro;
  private final int receiveBuffer;
  private final int sendBuffer;
  private boolean closed;

  private UdpSocket(Opening opening, int index) {
    this.libc = opening.libc;
    this.descriptor = opening.descriptor;
    this.index = index;
    this.local = opening.local();
    this.gso = opening.gso;
    this.gro = opening.gro;
    this.receiveBuffer = opening.buffer(Linux.SO_RCVBUF);
    this.sendBuffer = opening.buffer(Linux.SO_SNDBUF);
  }

  /**
   * What a socket is to be.
   *
   * @param receiveBuffer bytes the kernel keeps until they are read
   * @param sendBuffer bytes the kernel keeps until they are sent
   * @param offload whether the kernel may cut and join trains of datagrams
   * @param told whether it tells where datagrams were addressed to, and their ECN bits
   * @param shared whether other sockets of this user may have the same address
   * @param key what sets its address, for messages
   */
  record Options(
      int receiveBuffer,
      int sendBuffer,
      boolean offload,
      boolean told,
      boolean shared,
      String key) {

    static Options of(UdpConfig config) {
      return new Options(
          config.receiveBuffer(),
          config.sendBuffer(),
          config.offload(),
          true,
          false,
          "listen in [transport]");
    }
  }

  /**
   * Opens and binds a socket.
   *
   * @param index its number in the transport
   * @throws dev.gatehouse.api.GatehouseException if that fails
   */
  static UdpSocket open(LibC libc, Endpoint endpoint, Options options, int index) {
    boolean v4 = endpoint.address().isV4();
    int descriptor =
        libc.socket(
            v4 ? Linux.AF_INET : Linux.AF_INET6, Linux.SOCK_DGRAM | Linux.SOCK_NONBLOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      throw UdpErrors.opening(libc, endpoint, options.key(), CLibrary.errno());
    }
    boolean done = false;
    try (var arena = Arena.ofConfined()) {
      var opening = new Opening(libc, descriptor, arena, endpoint, options);
      opening.configure(v4);
      opening.bind();
      var socket = new UdpSocket(opening, index);
      done = true;
      return socket;
    } finally {
      if (!done) {
        libc.close(descriptor);
      }
    }
  }

  int descriptor() {
    return descriptor;
  }

  int index() {
    return index;
  }

  /** What it is bound to, with the real port. */
  Endpoint local() {
    return local;
  }

  boolean isV4() {
    return local.address().isV4();
  }

  /** Whether the kernel cuts trains. */
  boolean gso() {
    return gso;
  }

  /** Whether the kernel joins datagrams to trains. */
  boolean gro() {
    return gro;
  }

  /** Datagrams the kernel dropped because nobody read them in time; 0 if it does not tell. */
  synchronized long kernelDrops() {
    if (closed) {
      return 0;
    }
    try (var arena = Arena.ofConfined()) {
      var figures = arena.allocate(ValueLayout.JAVA_INT, MEMORY_FIGURES);
      var length = arena.allocateFrom(ValueLayout.JAVA_INT, (int) figures.byteSize());
      int result =
          libc.getsockopt(
              descriptor, Linux.SOL_SOCKET, Linux.SO_MEMINFO, figures.address(), length.address());
      return result == 0 && length.get(ValueLayout.JAVA_INT, 0) == figures.byteSize()
          ? Integer.toUnsignedLong(figures.getAtIndex(ValueLayout.JAVA_INT, DROPS))
          : 0;
    }
  }

  int receiveBuffer() {
    return receiveBuffer;
  }

  int sendBuffer() {
    return sendBuffer;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      libc.close(descriptor);
    }
  }

  private static int release(int major, int minor) {
    return major << 16 | minor;
  }

  private static boolean kernelJoinsWell() {
    var matcher = RELEASE.matcher(System.getProperty("os.version", ""));
    return matcher.matches()
        && release(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
            >= FIRST_GOOD_GRO;
  }

  private static final class Opening {

    final LibC libc;
    final int descriptor;
    final Endpoint wanted;
    final Options options;
    final MemorySegment value;
    final MemorySegment length;
    final MemorySegment address;
    boolean gso;
    boolean gro;

    Opening(LibC libc, int descriptor, Arena arena, Endpoint wanted, Options options) {
      this.options = options;
      this.libc = libc;
      this.descriptor = descriptor;
      this.wanted = wanted;
      this.value = arena.allocate(ValueLayout.JAVA_INT);
      this.length = arena.allocate(ValueLayout.JAVA_INT);
      this.address = arena.allocate(SocketAddress.BYTES, 8);
    }

    void configure(boolean v4) {
      if (!v4) {
        need(Linux.IPPROTO_IPV6, Linux.IPV6_V6ONLY);
      }
      if (options.told()) {
        int level = v4 ? Linux.IPPROTO_IP : Linux.IPPROTO_IPV6;
        need(level, v4 ? Linux.IP_PKTINFO : Linux.IPV6_RECVPKTINFO);
        need(level, v4 ? Linux.IP_RECVTOS : Linux.IPV6_RECVTCLASS);
      }
      if (options.shared()) {
        need(Linux.SOL_SOCKET, Linux.SO_REUSEPORT);
      }
      if (!set(Linux.SOL_SOCKET, Linux.SO_RCVBUFFORCE, options.receiveBuffer())) {
        set(Linux.SOL_SOCKET, Linux.SO_RCVBUF, options.receiveBuffer());
      }
      if (!set(Linux.SOL_SOCKET, Linux.SO_SNDBUFFORCE, options.sendBuffer())) {
        set(Linux.SOL_SOCKET, Linux.SO_SNDBUF, options.sendBuffer());
      }
      gso = options.offload() && set(Linux.SOL_UDP, Linux.UDP_SEGMENT, 0);
      gro = options.offload() && kernelJoinsWell() && set(Linux.SOL_UDP, Linux.UDP_GRO, 1);
    }

    void bind() {
      int bytes = SocketAddress.write(address, wanted, 0);
      if (libc.bind(descriptor, address.address(), bytes) != 0) {
        throw failure();
      }
    }

    Endpoint local() {
      length.set(ValueLayout.JAVA_INT, 0, SocketAddress.BYTES);
      if (libc.getsockname(descriptor, address.address(), length.address()) != 0) {
        throw failure();
      }
      return SocketAddress.read(address);
    }

    /** The usable size; the kernel tells twice as much, which holds its own book-keeping. */
    int buffer(int option) {
      length.set(ValueLayout.JAVA_INT, 0, Integer.BYTES);
      int result =
          libc.getsockopt(descriptor, Linux.SOL_SOCKET, option, value.address(), length.address());
      return result == 0 ? value.get(ValueLayout.JAVA_INT, 0) / 2 : 0;
    }

    private void need(int level, int option) {
      if (!set(level, option, 1)) {
        throw failure();
      }
    }

    private boolean set(int level, int option, int to) {
      value.set(ValueLayout.JAVA_INT, 0, to);
      return libc.setsockopt(descriptor, level, option, value.address(), Integer.BYTES) == 0;
    }

    private RuntimeException failure() {
      return UdpErrors.opening(libc, wanted, options.key(), CLibrary.errno());
    }
  }
}
