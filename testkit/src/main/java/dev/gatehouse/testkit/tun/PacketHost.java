package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.model.IpAddress;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A host without a network stack: it makes and reads the IP packets of its datagrams itself.
 *
 * @since 0.1.0
 */
public abstract class PacketHost implements TunHost {

  private static final int PORT = 40_000;
  private static final long PAUSE_NANOS = 50_000;

  /** For subclasses. */
  protected PacketHost() {}

  /** Hands a packet to the device that leads to an address; it may be lost in a full queue. */
  protected abstract void inject(IpAddress to, byte[] packet) throws Exception;

  /** The next packet a device has given to the host; null if there is none. */
  protected abstract byte @Nullable [] poll() throws Exception;

  /** The host's own address towards another one. */
  protected abstract IpAddress own(IpAddress to);

  @Override
  public final void send(IpAddress to, int port, byte[] payload) throws Exception {
    inject(to, Datagrams.packet(own(to), PORT, to, port, payload));
  }

  @Override
  public final byte @Nullable [] receive(Duration atMost) throws Exception {
    long started = System.nanoTime();
    do {
      var packet = poll();
      var datagram = packet == null ? null : Datagrams.parse(packet);
      if (datagram != null && datagram.sound() && datagram.toPort() == PORT) {
        return datagram.payload();
      }
      if (packet == null) {
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } while (System.nanoTime() - started < atMost.toNanos());
    return null;
  }

  @Override
  public final int port() {
    return PORT;
  }
}
