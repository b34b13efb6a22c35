package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.model.IpAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The machine a device belongs to, as its programs see it: they send UDP datagrams to addresses
 * behind the device and receive what comes from there.
 *
 * @since 0.1.0
 */
public interface TunHost extends AutoCloseable {

  /** Runs something where the host's network is, for example in its network namespace. */
  default <T> T inside(Callable<T> task) throws Exception {
    return task.call();
  }

  /**
   * Sends a datagram from {@link #port()} of the host's own address to an address behind a device.
   */
  void send(IpAddress to, int port, byte[] payload) throws Exception;

  /** The payload of the next datagram that came to {@link #port()}; null if none does in time. */
  byte @Nullable [] receive(Duration atMost) throws Exception;

  /** The UDP port the host's program has. */
  int port();

  /**
   * The addresses an interface has, without link-local ones; empty if there is none of that name.
   */
  List<IpAddress> addresses(String name) throws Exception;

  /**
   * Returns once the host's programs can use the addresses of an interface that was just started:
   * some systems make the routes to their own addresses a little later.
   */
  default void settle(List<IpAddress> addresses) throws Exception {
    // Nothing to wait for.
  }

  /** Ends the program. */
  @Override
  void close();
}
