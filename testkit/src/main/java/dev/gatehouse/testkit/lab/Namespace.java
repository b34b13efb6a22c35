package dev.gatehouse.testkit.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A machine of the lab: one network namespace with its own devices, routes and settings.
 *
 * @since 0.1.0
 */
public final class Namespace {

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final NetLab lab;
  private final String role;
  private final String name;

  Namespace(NetLab lab, String role, String name) {
    this.lab = lab;
    this.role = role;
    this.name = name;
  }

  /** What it plays in the test, for example {@code client}. */
  public String role() {
    return role;
  }

  /** The namespace's name in this system. */
  public String name() {
    return name;
  }

  /**
   * Runs a command inside and expects exit code 0.
   *
   * @return what it left behind
   */
  public Outcome run(String... command) {
    var outcome = attempt(command);
    if (!outcome.succeeded()) {
      throw new AssertionError("in " + role + ": " + outcome);
    }
    return outcome;
  }

  /** Runs a command inside, whatever its end. */
  public Outcome attempt(String... command) {
    return Commands.run(inside(List.of(command)), PATIENCE);
  }

  /** Starts a program inside; it ends with the lab at the latest. */
  public Background start(String... command) {
    return start(Map.of(), Path.of("").toAbsolutePath(), command);
  }

  /** Starts a program inside, with additions to the environment and in a directory. */
  public Background start(Map<String, String> environment, Path directory, String... command) {
    var builder = new ProcessBuilder(inside(Arrays.asList(command))).directory(directory.toFile());
    builder.environment().putAll(environment);
    return lab.adopt(new Background(command[0] + " in " + role, builder));
  }

  /** Sets a kernel parameter of the namespace, for example {@code net.ipv4.ip_forward}. */
  public void sysctl(String key, String value) {
    run("sh", "-c", "echo " + value + " > /proc/sys/" + key.replace('.', '/'));
  }

  /** Lets it pass packets on, both families. */
  public void forwards() {
    sysctl("net.ipv4.ip_forward", "1");
    sysctl("net.ipv6.conf.all.forwarding", "1");
  }

  /** Sends everything for a network to a neighbour, for example {@code 10.1.0.0/16}. */
  public void route(String network, String via) {
    run("ip", "route", "add", network, "via", via);
  }

  private List<String> inside(List<String> command) {
    var all = new ArrayList<>(List.of("ip", "netns", "exec", name));
    all.addAll(command);
    return all;
  }

  @Override
  public String toString() {
    return role;
  }
}
