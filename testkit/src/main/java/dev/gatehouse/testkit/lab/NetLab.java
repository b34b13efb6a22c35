package dev.gatehouse.testkit.lab;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/**
 * Network namespaces joined by virtual cables.
 *
 * <pre>{@code
 * try (var lab = NetLab.open()) {
 *   var client = lab.namespace("client");
 *   var gateway = lab.namespace("gateway");
 *   lab.cable(client, List.of("192.0.2.2/24"), gateway, List.of("192.0.2.1/24"));
 *   client.run("ping", "-c1", "192.0.2.1");
 * }
 * }</pre>
 *
 * <p>Names are unique per process and lab, so labs may exist side by side. Everything is taken down
 * by {@link #close}, and at the end of the process if that was never called. Not safe for
 * concurrent use, apart from {@link #close}.
 *
 * @since 0.1.0
 */
public final class NetLab implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final AtomicInteger LABS = new AtomicInteger();

  private final String prefix = "gh" + ProcessHandle.current().pid() + "x" + LABS.incrementAndGet();
  private final Deque<Background> programs = new ArrayDeque<>();
  private final Deque<Namespace> namespaces = new ArrayDeque<>();
  private final Thread atExit = new Thread(this::takeDown, "lab clean-up");
  private int cables;
  private boolean down;

  private NetLab() {
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /** Opens an empty lab, or skips the running test where this machine does not allow one. */
  public static NetLab open() {
    var reason = unavailableBecause();
    Assumptions.assumeTrue(reason.isEmpty(), () -> "skipped: " + reason.orElse(""));
    return new NetLab();
  }

  /** Why there can be no lab here, as one sentence; empty if there can. */
  public static Optional<String> unavailableBecause() {
    if (!System.getProperty("os.name", "").startsWith("Linux")) {
      return Optional.of("network namespaces need Linux");
    }
    var probe = "ghprobe" + ProcessHandle.current().pid() + "x" + LABS.incrementAndGet();
    try {
      var made = Commands.run(List.of("ip", "netns", "add", probe), PATIENCE);
      if (!made.succeeded()) {
        return Optional.of(
            "making a network namespace needs root (or 'unshare -Urnm'); ip says: "
                + made.all().strip());
      }
      Commands.run(List.of("ip", "netns", "delete", probe), PATIENCE);
      return Optional.empty();
    } catch (UncheckedIOException e) {
      return Optional.of("the program ip was not found (Debian: apt-get install iproute2)");
    }
  }

  /** Skips the running test if one of the programs is not installed. */
  public static void needs(String... programs) {
    for (var program : programs) {
      var found = Commands.run(List.of("sh", "-c", "command -v " + program), PATIENCE);
      Assumptions.assumeTrue(found.succeeded(), () -> "skipped: " + program + " is not installed");
    }
  }

  /** Skips the running test if this machine offers no TUN devices. */
  public static void needsTun() {
    Assumptions.assumeTrue(
        Files.exists(Path.of("/dev/net/tun")), "skipped: there is no /dev/net/tun on this machine");
  }

  /** A prefix no other lab has, at most 10 characters in practice, for devices and files. */
  public String prefix() {
    return prefix;
  }

  /** Makes a machine; its loopback device is up, and IPv6 addresses need no waiting. */
  public Namespace namespace(String role) {
    var namespace = new Namespace(this, role, prefix + "-" + role);
    host("ip", "netns", "add", namespace.name());
    synchronized (this) {
      namespaces.push(namespace);
    }
    namespace.run("ip", "link", "set", "lo", "up");
    // Addresses are usable at once: nobody else is on these cables.
    namespace.sysctl("net.ipv6.conf.all.accept_dad", "0");
    namespace.sysctl("net.ipv6.conf.default.accept_dad", "0");
    return namespace;
  }

  /**
   * Joins two machines by a cable. The device in each is called {@code to-<role of the other>}.
   *
   * @param left one machine
   * @param leftAddresses its addresses with prefix length, both families
   * @param right the other machine
   * @param rightAddresses its addresses with prefix length, both families
   */
  public void cable(
      Namespace left, List<String> leftAddresses, Namespace right, List<String> rightAddresses) {
    var a = prefix + "a" + cables;
    var b = prefix + "b" + cables++;
    host("ip", "link", "add", a, "type", "veth", "peer", "name", b);
    plug(a, left, "to-" + right.role(), leftAddresses);
    plug(b, right, "to-" + left.role(), rightAddresses);
  }

  private void plug(String device, Namespace machine, String as, List<String> addresses) {
    host("ip", "link", "set", device, "netns", machine.name());
    machine.run("ip", "link", "set", device, "name", as);
    for (var address : addresses) {
      if (address.contains(":")) {
        machine.run("ip", "address", "add", address, "dev", as, "nodad");
      } else {
        machine.run("ip", "address", "add", address, "dev", as);
      }
    }
    machine.run("ip", "link", "set", as, "up");
  }

  synchronized Background adopt(Background program) {
    programs.push(program);
    return program;
  }

  private static void host(String... command) {
    var outcome = Commands.run(List.of(command), PATIENCE);
    if (!outcome.succeeded()) {
      throw new AssertionError(outcome.toString());
    }
  }

  /** Ends every program, newest first, and removes every namespace with its devices. */
  @Override
  public void close() {
    takeDown();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending; the hook runs or has run, and finds nothing left to do.
    }
  }

  private synchronized void takeDown() {
    if (down) {
      return;
    }
    down = true;
    programs.forEach(Background::close);
    for (var namespace : namespaces) {
      Commands.run(
          List.of("sh", "-c", "ip netns pids " + namespace.name() + " | xargs -r kill -9"),
          PATIENCE);
      Commands.run(List.of("ip", "netns", "delete", namespace.name()), PATIENCE);
    }
  }
}
