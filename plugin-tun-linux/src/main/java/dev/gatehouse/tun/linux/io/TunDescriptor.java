package dev.gatehouse.tun.linux.io;

import dev.gatehouse.tun.linux.abi.CLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * An open, non-blocking descriptor of a TUN device. The device goes when its last descriptor is
 * closed. Closing is idempotent; everything else is a plain value.
 */
final class TunDescriptor implements AutoCloseable {

  private static final int O_RDWR = 2;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final long TUNSETIFF = 0x400454caL;
  private static final long TUNSETOFFLOAD = 0x400454d0L;
  private static final int IFF_TUN = 0x0001;
  private static final int IFF_MULTI_QUEUE = 0x0100;
  private static final int IFF_NO_PI = 0x1000;
  private static final int IFF_VNET_HDR = 0x4000;
  private static final int CHECKSUM_AND_TSO = 0x01 | 0x02 | 0x04;
  private static final int USO = 0x20 | 0x40;
  private static final int IFREQ_BYTES = 40;

  private final CLibrary libc;
  private final int number;
  private final Offload offload;
  private boolean closed;

  private TunDescriptor(CLibrary libc, int number, Offload offload) {
    this.libc = libc;
    this.number = number;
    this.offload = offload;
  }

  /**
   * Opens the device, creating it if there is none of that name.
   *
   * @param wanted whether super-packets are wanted
   * @param multiQueue whether there will be more than one descriptor
   * @throws dev.gatehouse.api.GatehouseException with the fix
   */
  static TunDescriptor open(CLibrary libc, String name, boolean wanted, boolean multiQueue) {
    int number = libc.calls().open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (number < 0) {
      throw TunErrors.cannotOpen(libc.errno());
    }
    int flags =
        IFF_TUN | IFF_NO_PI | (wanted ? IFF_VNET_HDR : 0) | (multiQueue ? IFF_MULTI_QUEUE : 0);
    try (var arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
      request.setString(0, name, StandardCharsets.US_ASCII);
      request.set(ValueLayout.JAVA_SHORT, 16, (short) flags);
      if (libc.calls().ioctl(number, TUNSETIFF, request.address()) < 0) {
        int errno = libc.errno();
        libc.calls().close(number);
        throw TunErrors.cannotAttach(name, errno);
      }
    }
    return new TunDescriptor(libc, number, wanted ? negotiate(libc, number) : Offload.NONE);
  }

  private static Offload negotiate(CLibrary libc, int number) {
    if (libc.calls().ioctl(number, TUNSETOFFLOAD, CHECKSUM_AND_TSO | USO) == 0) {
      return new Offload(true, true, true);
    }
    // UDP came with Linux 6.2.
    boolean tcp = libc.calls().ioctl(number, TUNSETOFFLOAD, CHECKSUM_AND_TSO) == 0;
    return new Offload(true, tcp, false);
  }

  /** The descriptor's number. */
  int number() {
    return number;
  }

  /** What was agreed with the kernel. */
  Offload offload() {
    return offload;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      libc.calls().close(number);
    }
  }
}
