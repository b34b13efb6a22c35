package dev.gatehouse.tun.linux.io;

import dev.gatehouse.tun.linux.abi.CLibrary;
import dev.gatehouse.tun.linux.core.Errno;
import dev.gatehouse.tun.linux.core.RouteReply;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ObjIntConsumer;

/**
 * A route-netlink socket. It speaks to the network namespace it was opened in, whichever thread
 * uses it later. Safe for any thread.
 */
final class Netlink implements AutoCloseable {

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SOL_NETLINK = 270;
  private static final int CAP_ACK = 10;
  private static final int EXT_ACK = 11;
  private static final int BUFFER_BYTES = 32 * 1024;
  private static final int STALE_REPLIES = 16;

  private final CLibrary libc;
  private final int socket;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(BUFFER_BYTES, 8);
  private final ByteBuffer buffer = memory.asByteBuffer().order(ByteOrder.nativeOrder());
  private int sequence;
  private boolean closed;

  private Netlink(CLibrary libc, int socket) {
    this.libc = libc;
    this.socket = socket;
  }

  /** Opens a socket. */
  static Netlink open(CLibrary libc) {
    int socket = libc.calls().socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
    if (socket < 0) {
      throw TunErrors.noNetlink(libc.errno());
    }
    var netlink = new Netlink(libc, socket);
    netlink.setOptions();
    return netlink;
  }

  /** Short answers with words in them, and no wait for ever; older kernels know less of it. */
  private void setOptions() {
    memory.set(java.lang.foreign.ValueLayout.JAVA_INT, 0, 1);
    libc.calls().setsockopt(socket, SOL_NETLINK, EXT_ACK, memory.address(), 4);
    libc.calls().setsockopt(socket, SOL_NETLINK, CAP_ACK, memory.address(), 4);
    memory.set(java.lang.foreign.ValueLayout.JAVA_LONG, 0, 2);
    memory.set(java.lang.foreign.ValueLayout.JAVA_LONG, 8, 0);
    libc.calls().setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, memory.address(), 16);
  }

  /**
   * Sends one request and waits for its answer.
   *
   * @param request writes the request into a buffer, with the sequence number it is given
   * @return the answer; one with {@link Errno#EBADFD} once closed
   */
  synchronized RouteReply ask(ObjIntConsumer<ByteBuffer> request) {
    if (closed) {
      return failed(Errno.EBADFD);
    }
    sequence++;
    request.accept(buffer, sequence);
    if (libc.calls().send(socket, memory.address(), buffer.remaining(), 0) < 0) {
      return failed(libc.errno());
    }
    for (int i = 0; i < STALE_REPLIES; i++) {
      long received = libc.calls().recv(socket, memory.address(), BUFFER_BYTES, 0);
      if (received < 0) {
        return failed(libc.errno());
      }
      buffer.clear().limit((int) received);
      var reply = RouteReply.read(buffer, sequence);
      if (reply != null) {
        return reply;
      }
    }
    return failed(Errno.EAGAIN);
  }

  private static RouteReply failed(int errno) {
    return new RouteReply(errno, "", RouteReply.Link.NONE, false);
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      libc.calls().close(socket);
      arena.close();
    }
  }
}
