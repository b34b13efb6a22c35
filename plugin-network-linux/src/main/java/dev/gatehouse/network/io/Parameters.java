package dev.gatehouse.network.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Kernel parameters of the network namespace of the calling thread, by their path below {@code
 * /proc/sys}. A process with CAP_NET_ADMIN may write those of the network without being root.
 */
final class Parameters {

  static final String FORWARD_V4 = "net/ipv4/ip_forward";
  static final String FORWARD_V6 = "net/ipv6/conf/all/forwarding";

  private final Path root;

  /**
   * Parameters below a directory.
   *
   * @param root {@code /proc/sys}, or a test's own
   */
  Parameters(Path root) {
    this.root = root;
  }

  /** A value; empty if the kernel has no such parameter. */
  Optional<String> read(String path) {
    try {
      return Optional.of(Files.readString(root.resolve(path)).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void write(String path, String value) throws IOException {
    Files.writeString(root.resolve(path), value);
  }

  /**
   * The interfaces that take their IPv6 routes from router advertisements, and would stop to do so
   * once the machine forwards.
   */
  List<String> acceptingRoutes(String except) {
    var interfaces = root.resolve("net/ipv6/conf");
    try (Stream<Path> names = Files.list(interfaces)) {
      return names
          .map(each -> each.getFileName().toString())
          .filter(name -> !name.equals("lo") && !name.equals(except))
          .sorted()
          .map(name -> "net/ipv6/conf/" + name + "/accept_ra")
          .filter(path -> read(path).filter("1"::equals).isPresent())
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }
}
