package dev.gatehouse.bench.tunnel;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/** A user-space WireGuard with wireguard-go's command line, set up by {@code wg}. */
final class WireGuardEnd {

  private WireGuardEnd() {}

  /**
   * Starts one end.
   *
   * @param program the binary
   * @param device the interface to make; unique on this system
   * @param addresses its addresses with prefix length
   * @param configuration what {@code wg setconf} reads
   */
  static Background start(
      Namespace machine,
      String program,
      String device,
      List<String> addresses,
      String configuration,
      Path directory)
      throws IOException {
    var file = directory.resolve(device + ".conf");
    var mode = PosixFilePermissions.fromString("rw-------");
    Files.createFile(file, PosixFilePermissions.asFileAttribute(mode));
    Files.writeString(file, configuration);
    var started = machine.start(program, "--foreground", device);
    Await.until(
        "the interface of " + program,
        Duration.ofSeconds(10),
        () -> machine.attempt("wg", "show", device).succeeded(),
        started::output);
    machine.run("wg", "setconf", device, file.toString());
    for (var address : addresses) {
      machine.run("ip", "address", "add", address, "dev", device);
    }
    machine.run("ip", "link", "set", device, "mtu", "1420", "up");
    return started;
  }

  /** A fresh private key. */
  static String newKey(Namespace machine) {
    return machine.run("wg", "genkey").out().strip();
  }

  /** The public key that belongs to it. */
  static String publicKey(Namespace machine, String privateKey) {
    return machine.run("sh", "-c", "echo " + privateKey + " | wg pubkey").out().strip();
  }
}
