package dev.gatehouse.gateway.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/** Which name servers to ask: those configured, else those of the machine, read again at times. */
final class NameServers implements Supplier<List<Endpoint>> {

  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final long AGE = Duration.ofSeconds(10).toNanos();
  private static final int PORT = 53;

  private List<Endpoint> configured;
  private final TimeSource time;
  private List<Endpoint> read = List.of();
  private long readNanos;

  NameServers(List<Endpoint> configured, TimeSource time) {
    this.configured = List.copyOf(configured);
    this.time = time;
  }

  /** Asks others from now on; none for those of the machine. */
  synchronized void use(List<Endpoint> others) {
    configured = List.copyOf(others);
  }

  @Override
  public synchronized List<Endpoint> get() {
    if (!configured.isEmpty()) {
      return configured;
    }
    long now = time.nanoTime();
    if (read.isEmpty() || now - readNanos > AGE) {
      readNanos = now;
      read = read(RESOLV_CONF);
    }
    return read;
  }

  static List<Endpoint> read(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .map(line -> line.strip().split("\\s+", -1))
          .filter(words -> words.length > 1 && words[0].equals("nameserver"))
          .flatMap(words -> address(words[1]).stream())
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static List<Endpoint> address(String text) {
    try {
      return List.of(new Endpoint(IpAddress.parse(text), PORT));
    } catch (GatehouseException e) {
      return List.of(); // A scoped address or a mistake; the others still count.
    }
  }
}
