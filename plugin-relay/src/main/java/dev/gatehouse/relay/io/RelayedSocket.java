package dev.gatehouse.relay.io;

import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.Linux;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The socket of an allocation, towards its peers. The loop's thread only. */
final class RelayedSocket {

  private final LibC libc;
  private final UdpSocket socket;
  private final @Nullable StreamClient owner;
  private Shard.@Nullable DescriptorWatch watch;
  private boolean whole;
  private boolean closed;

  /**
   * Wraps a bound socket.
   *
   * @param owner the connection its client came by, if it came by one
   */
  RelayedSocket(LibC libc, UdpSocket socket, @Nullable StreamClient owner) {
    this.libc = libc;
    this.socket = socket;
    this.owner = owner;
  }

  void watch(Shard shard, Shard.Pump pump) {
    watch = shard.watch(socket.descriptor(), pump);
  }

  int descriptor() {
    return socket.descriptor();
  }

  @Nullable StreamClient owner() {
    return owner;
  }

  boolean isClosed() {
    return closed;
  }

  /** Whether datagrams may be cut into fragments from now on. Rarely changes. */
  void fragment(boolean allowed) {
    if (whole == !allowed) {
      return;
    }
    whole = !allowed;
    boolean v4 = socket.isV4();
    try (var arena = Arena.ofConfined()) {
      var value =
          arena.allocateFrom(
              ValueLayout.JAVA_INT, allowed ? Linux.PMTUDISC_WANT : Linux.PMTUDISC_DO);
      libc.setsockopt(
          socket.descriptor(),
          v4 ? Linux.IPPROTO_IP : Linux.IPPROTO_IPV6,
          v4 ? Linux.IP_MTU_DISCOVER : Linux.IPV6_MTU_DISCOVER,
          value.address(),
          Integer.BYTES);
    }
  }

  void close() {
    if (!closed) {
      closed = true;
      var watched = watch;
      if (watched != null) {
        watched.close();
      }
      socket.close();
    }
  }
}
