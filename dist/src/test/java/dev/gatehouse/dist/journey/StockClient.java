package dev.gatehouse.dist.journey;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A stock wireguard-go, set up as wg-quick would from the configuration the gateway printed. */
final class StockClient implements AutoCloseable {

  private static final List<String> OF_WG_QUICK = List.of("address", "dns", "mtu", "table");

  /** How long a request may take; what is refused says so much earlier. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Namespace machine;
  private final String device;
  private final String configuration;
  private final Path asPrinted;
  private final Path forWg;
  private @Nullable Background program;

  StockClient(Namespace machine, String device, String configuration, Path directory)
      throws IOException {
    this.machine = machine;
    this.device = device;
    this.configuration = configuration;
    this.asPrinted =
        Files.createDirectories(directory.resolve("printed")).resolve(device + ".conf");
    Files.writeString(asPrinted, configuration);
    Files.setPosixFilePermissions(asPrinted, PosixFilePermissions.fromString("rw-------"));
    this.forWg = directory.resolve(device + ".conf");
    var lines = configuration.lines().filter(line -> !OF_WG_QUICK.contains(keyOf(line))).toList();
    Files.write(forWg, lines);
  }

  /** Starts it: a new process that knows nothing but its configuration. */
  StockClient up() {
    var started = machine.start("wireguard-go", "--foreground", device);
    program = started;
    Await.until(
        "the client's interface",
        Duration.ofSeconds(60),
        () -> machine.attempt("wg", "show", device).succeeded(),
        started::output);
    machine.run("wg", "setconf", device, forWg.toString());
    for (var address : values("address").toList()) {
      machine.run("ip", "address", "add", address, "dev", device);
    }
    machine.run("ip", "link", "set", device, "mtu", values("mtu").findFirst().orElse("1420"), "up");
    for (var network : values("allowedips").toList()) {
      machine.run("ip", "route", "replace", network, "dev", device);
    }
    return this;
  }

  /** Lets wg-quick do it all from the configuration as it was printed. */
  void upByWgQuick() {
    machine.run(
        "env", "WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go", "wg-quick", "up", printed());
  }

  /** The end of {@link #upByWgQuick}. */
  void downByWgQuick() {
    machine.run("wg-quick", "down", printed());
  }

  private String printed() {
    return asPrinted.toString();
  }

  /** Kills it without a chance to say goodbye; its interface goes with it. */
  void kill() {
    var running = program;
    if (running != null) {
      running.kill();
      program = null;
    }
  }

  /** The client's own address in the tunnel of the family asked for, without the prefix length. */
  String address(boolean v6) {
    return values("address")
        .map(address -> address.replaceAll("/.*", ""))
        .filter(address -> address.contains(":") == v6)
        .findFirst()
        .orElseThrow();
  }

  String privateKey() {
    return values("privatekey").findFirst().orElseThrow();
  }

  /** The gateway's public key. */
  String gatewayKey() {
    return values("publickey").findFirst().orElseThrow();
  }

  /** When the last handshake was completed, in seconds since 1970; 0 if there was none. */
  long lastHandshake() {
    var out = machine.run("wg", "show", device, "latest-handshakes").out().strip();
    return out.isEmpty() ? 0 : Long.parseLong(out.replaceAll(".*\\s", ""));
  }

  Outcome ping(String address) {
    return machine.attempt("ping", "-n", "-c", "1", "-W", "3", address);
  }

  /** Fetches a page, trying for {@link #PATIENCE} at most. */
  Outcome fetch(String host) {
    return machine.attempt(
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        Long.toString(PATIENCE.toSeconds()),
        "http://" + host + ":8080/hello");
  }

  String device() {
    return device;
  }

  @Override
  public void close() {
    var running = program;
    if (running != null) {
      running.close(); // with a chance to remove its socket
      program = null;
    }
  }

  private Stream<String> values(String key) {
    return configuration
        .lines()
        .filter(line -> keyOf(line).equals(key))
        .flatMap(line -> Stream.of(line.substring(line.indexOf('=') + 1).split(",", -1)))
        .map(String::strip);
  }

  private static String keyOf(String line) {
    int equals = line.indexOf('=');
    return equals < 0 ? "" : line.substring(0, equals).strip().toLowerCase(Locale.ROOT);
  }
}
