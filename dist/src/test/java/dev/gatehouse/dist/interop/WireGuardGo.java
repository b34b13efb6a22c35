package dev.gatehouse.dist.interop;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A wireguard-go in a namespace, with a key of its own. */
final class WireGuardGo implements AutoCloseable {

  final Namespace machine;
  final String device;
  final Path keyFile;
  final String publicKey;
  final List<String> addresses;
  private final int mtu;
  private @Nullable Background program;

  WireGuardGo(Namespace machine, String device, Path directory, int mtu, String... addresses)
      throws IOException {
    this.machine = machine;
    this.device = device;
    this.mtu = mtu;
    this.addresses = List.of(addresses);
    keyFile = secret(directory.resolve(device + ".key"), machine.run("wg", "genkey").out());
    publicKey = machine.run("sh", "-c", "wg pubkey < " + keyFile).out().strip();
  }

  /** A file that only its owner can read. */
  static Path secret(Path file, String text) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, text);
  }

  /** Starts it with its key and addresses and without peers. */
  WireGuardGo up() {
    var started = machine.start("wireguard-go", "--foreground", device);
    program = started;
    Await.until(
        "wireguard-go",
        Sites.SOON,
        () -> machine.attempt("wg", "show", device).succeeded(),
        started::output);
    set("private-key", keyFile.toString());
    for (var address : addresses) {
      machine.run("ip", "address", "add", address, "dev", device);
    }
    machine.run("ip", "link", "set", device, "mtu", Integer.toString(mtu), "up");
    return this;
  }

  /** The first address, without its prefix length. */
  String address() {
    return addresses.getFirst().replaceAll("/.*", "");
  }

  /** {@code wg set}. */
  WireGuardGo set(String... arguments) {
    var command = new ArrayList<>(List.of("wg", "set", device));
    command.addAll(Arrays.asList(arguments));
    machine.run(command.toArray(String[]::new));
    return this;
  }

  /** One echo request, which is to be answered, however busy the machine is. */
  Outcome ping(String address, String... options) {
    var command = new ArrayList<>(List.of("ping", "-n", "-c", "1", "-W", "10"));
    command.addAll(Arrays.asList(options));
    command.add(address);
    return machine.attempt(command.toArray(String[]::new));
  }

  /** Whether an echo request is left without an answer. */
  boolean getsNothingFrom(String address, String... options) {
    var command = new ArrayList<>(List.of("-W", "2"));
    command.addAll(Arrays.asList(options));
    return ping(address, command.toArray(String[]::new)).all().contains("0 received");
  }

  /** Pings until something comes back. */
  void reaches(String address, Duration atMost) {
    Await.until(
        "an echo from " + address + " on " + device,
        atMost,
        () -> ping(address, "-W", "2").all().contains("1 received"),
        () -> machine.attempt("wg", "show", device).all());
  }

  /** How it sees a peer. */
  PeerLine peer(String key) {
    return PeerLine.of(machine, device, key);
  }

  /** Kills it without a chance to say goodbye; its interface goes with it. */
  void kill() {
    var running = program;
    if (running != null) {
      running.kill();
      program = null;
    }
  }

  @Override
  public void close() {
    end();
  }

  /** Ends it in an orderly way, so that its socket goes, too. */
  void end() {
    var running = program;
    if (running != null) {
      running.close();
      program = null;
    }
  }
}
