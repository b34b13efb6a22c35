package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.model.IpAddress;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A host that is the real system, or a network namespace of it: its program has a socket.
 *
 * @since 0.1.0
 */
public final class SocketHost implements TunHost {

  /** Runs something in the right place. */
  public interface Place {

    /** Runs it and gives its result. */
    <T> T call(Callable<T> task) throws Exception;
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAUSE_NANOS = 5_000_000;

  private final Place place;
  private final DatagramSocket socket;
  private final DatagramPacket incoming = new DatagramPacket(new byte[65536], 65536);

  /** A host whose devices and socket are opened in a place. */
  public SocketHost(Place place) throws Exception {
    this.place = place;
    this.socket = place.call(() -> new DatagramSocket(0));
    socket.setReceiveBufferSize(1 << 20);
  }

  @Override
  public <T> T inside(Callable<T> task) throws Exception {
    return place.call(task);
  }

  @Override
  public void send(IpAddress to, int port, byte[] payload) throws IOException {
    var target = new InetSocketAddress(to.toInetAddress(), port);
    socket.send(new DatagramPacket(payload, payload.length, target));
  }

  @Override
  public byte @Nullable [] receive(Duration atMost) throws IOException {
    socket.setSoTimeout(Math.max(1, (int) atMost.toMillis()));
    try {
      incoming.setLength(incoming.getData().length);
      socket.receive(incoming);
      return Arrays.copyOf(incoming.getData(), incoming.getLength());
    } catch (SocketTimeoutException e) {
      return null;
    }
  }

  @Override
  public int port() {
    return socket.getLocalPort();
  }

  @Override
  public List<IpAddress> addresses(String name) throws Exception {
    var words = place.call(() -> ip("-o", "address", "show", "dev", name)).split("\\s+", -1);
    var found = new ArrayList<IpAddress>();
    for (int i = 0; i + 1 < words.length; i++) {
      if (words[i].equals("inet") || words[i].equals("inet6")) {
        var address = IpAddress.parse(words[i + 1].replaceAll("/.*", ""));
        if (address.isV4() || address.high() >>> 54 != 0xfe80 >>> 6) {
          found.add(address);
        }
      }
    }
    return List.copyOf(found);
  }

  @Override
  public void settle(List<IpAddress> addresses) throws Exception {
    long started = System.nanoTime();
    for (var address : addresses) {
      while (!place.call(() -> ip("route", "get", address.toString())).startsWith("local ")) {
        if (System.nanoTime() - started > PATIENCE.toNanos()) {
          throw new AssertionError("the system has no route to its own address " + address);
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static String ip(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("ip"));
    command.addAll(Arrays.asList(arguments));
    var process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (var out = process.getInputStream()) {
      var text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return text;
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
