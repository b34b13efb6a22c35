package dev.gatehouse.dist.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A gateway from the bundle, which is set up with wg alone. */
final class Gate implements AutoCloseable {

  private static final Duration START = Duration.ofSeconds(60);

  final Namespace machine;
  final String device;
  final int port;
  private final Path directory;
  private final Path configuration;
  private final List<Background> everStarted = new ArrayList<>();
  private @Nullable Background running;

  /** Writes the configuration; {@code addresses} as in TOML. */
  Gate(Namespace machine, String device, int port, int mtu, String addresses, Path directory)
      throws IOException {
    this.machine = machine;
    this.device = device;
    this.port = port;
    this.directory = Files.createDirectories(directory);
    configuration =
        Files.writeString(
            directory.resolve("gatehouse.toml"),
            """
            state-directory = "state"
            [plugins]
            stages = ["policy", "admin"]
            [tun]
            name = "%s"
            addresses = [%s]
            mtu = %d
            [transport]
            listen = ["0.0.0.0:%d", "[::]:%d"]
            [admin]
            uapi = true
            [shards]
            rehearse = false
            [log]
            format = "json"
            """
                .formatted(device, addresses, mtu, port, port));
  }

  /** Starts it without waiting. */
  Gate starting() {
    var started = machine.start(Bundle.program().toString(), "run", "-c", configuration.toString());
    everStarted.add(started);
    running = started;
    return this;
  }

  /** Waits until it serves. */
  Gate ready() {
    program().awaitLine("gatehouse ready", START);
    return this;
  }

  Background program() {
    return Objects.requireNonNull(running, "the gateway was started");
  }

  String publicKey() {
    return machine.run("wg", "show", device, "public-key").out().strip();
  }

  /** {@code wg set} on the gateway. */
  void set(String... arguments) {
    var command = new ArrayList<>(List.of("wg", "set", device));
    command.addAll(Arrays.asList(arguments));
    machine.run(command.toArray(String[]::new));
  }

  /** {@code wg} with the interface as the second argument. */
  Outcome wg(String command, String... arguments) {
    var all = new ArrayList<>(List.of("wg", command, device));
    all.addAll(Arrays.asList(arguments));
    return machine.attempt(all.toArray(String[]::new));
  }

  /** How it sees a peer. */
  PeerLine peer(String key) {
    return PeerLine.of(machine, device, key);
  }

  /** The command line against the running gateway. */
  Outcome cli(String... arguments) {
    var command = new ArrayList<>(List.of(Bundle.program().toString()));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("-c", configuration.toString()));
    var outcome = machine.attempt(command.toArray(String[]::new));
    assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
    return outcome;
  }

  /** What the admin API says at a path. */
  String ask(String path) {
    return machine
        .run("curl", "--silent", "--unix-socket", socket().toString(), "http://gatehouse" + path)
        .out();
  }

  private Path socket() {
    return directory.resolve("state/admin.sock");
  }

  /** The number behind a key in the JSON of the status; 0 if it is not there. */
  long counter(String key) {
    var found = Pattern.compile("\"" + key + "\":(\\d+)").matcher(ask("/v1/status"));
    return found.find() ? Long.parseLong(Objects.requireNonNull(found.group(1))) : 0;
  }

  /** Every line it has logged. */
  List<String> log() {
    return everStarted.stream().flatMap(program -> program.lines().stream()).toList();
  }

  /** The lines nobody wants to see after a run in which nothing went wrong. */
  List<String> worries() {
    return log().stream().filter(line -> line.matches(".*\"(WARNING|ERROR)\".*")).toList();
  }

  /** Secrets that must not be in the log. */
  String privateKey() throws IOException {
    return Files.readString(directory.resolve("state/tunnel.key")).strip();
  }

  @Override
  public void close() {
    if (running != null) {
      running.close();
    }
  }
}
