package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client, a gateway and a resource:
 *
 * <pre>
 *  client ──────────────── gateway ──────────────── resource
 *  198.51.100.2       198.51.100.1 10.20.0.1       10.20.0.10…29
 *  fd00:51::2           fd00:51::1 fd00:20::1      fd00:20::10…29
 *        └ tunnel: 100.64.0.0/16, fd00:6a7e::/64 ┘
 * </pre>
 */
final class Site implements AutoCloseable {

  static final String CLIENT = "198.51.100.2";
  static final String GATEWAY = "198.51.100.1";
  static final String TUNNEL_GATEWAY = "100.64.0.1";
  static final String TUNNEL_GATEWAY_V6 = "fd00:6a7e::1";
  static final Duration START = Duration.ofSeconds(60);

  final NetLab lab;
  final Namespace client;
  final Namespace gateway;
  final Namespace resource;
  final Path directory;
  final Path configuration;

  private final List<String> secrets = new ArrayList<>();
  private int clients;
  private int addresses = 10;
  private @Nullable Background running;
  private final List<Background> everStarted = new ArrayList<>();

  private Site(NetLab lab, Path directory) throws IOException {
    this.lab = lab;
    this.directory = directory;
    this.configuration = directory.resolve("gatehouse.toml");
    client = lab.namespace("client");
    gateway = lab.namespace("gateway");
    resource = lab.namespace("resource");
    lab.cable(
        client, List.of(CLIENT + "/24", "fd00:51::2/64"),
        gateway, List.of(GATEWAY + "/24", "fd00:51::1/64"));
    var served = new ArrayList<String>();
    for (int i = 10; i < 30; i++) {
      served.add("10.20.0." + i + "/24");
      served.add("fd00:20::" + i + "/64");
    }
    lab.cable(gateway, List.of("10.20.0.1/24", "fd00:20::1/64"), resource, served);
    resource.route("100.64.0.0/16", "10.20.0.1");
    resource.route("fd00:6a7e::/64", "fd00:20::1");
    Files.writeString(
        configuration,
        """
        state-directory = "state"

        [tun]
        name = "%s"
        addresses = ["100.64.0.1/16", "fd00:6a7e::1/64"]

        [tunnel]
        disconnect-after = "2s"

        [log]
        format = "json"
        """
            .formatted(lab.prefix() + "g"));
    serve();
  }

  /** Builds the site; the test is skipped where that cannot be done. */
  static Site open(Path directory) throws IOException {
    NetLab.needs("ip", "wireguard-go", "wg", "ping", "curl", "nft");
    NetLab.needsTun();
    return new Site(NetLab.open(), directory);
  }

  /** A web server of the JDK that answers on every address of the resource. */
  private void serve() throws IOException {
    var pages = Files.createDirectories(directory.resolve("pages"));
    Files.writeString(pages.resolve("hello"), "hello from the resource\n");
    var server =
        resource.start(
            Path.of(System.getProperty("java.home"), "bin", "jwebserver").toString(),
            "--bind-address",
            "::",
            "--port",
            "8080",
            "--directory",
            pages.toString());
    server.awaitLine("8080", START);
  }

  /** Starts the gateway and waits until it serves. */
  Background startGateway() {
    var started = gateway.start(Bundle.program().toString(), "run", "-c", configuration.toString());
    everStarted.add(started);
    running = started;
    started.awaitLine("gatehouse ready", START);
    return started;
  }

  Background gatewayProgram() {
    var current = running;
    assertThat(current).as("the gateway was started").isNotNull();
    return Objects.requireNonNull(current);
  }

  /** Every line any gateway of this site has logged. */
  List<String> log() {
    return everStarted.stream().flatMap(program -> program.lines().stream()).toList();
  }

  /** The lines nobody wants to see after a run in which nothing went wrong. */
  static List<String> worries(List<String> log) {
    return log.stream().filter(line -> line.matches(".*\"(WARNING|ERROR)\".*")).toList();
  }

  /** Asks the running gateway something by the command line and expects success. */
  Outcome cli(String... arguments) {
    var outcome = attemptCli(arguments);
    assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
    return outcome;
  }

  Outcome attemptCli(String... arguments) {
    var command = new ArrayList<>(List.of(Bundle.program().toString()));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("-c", configuration.toString()));
    return gateway.attempt(command.toArray(String[]::new));
  }

  /** Adds a client to the gateway and gives it a stock WireGuard, not yet started. */
  StockClient newClient(String id) throws IOException {
    var printed = cli("client", "add", id, "--endpoint", GATEWAY + ":51820").out();
    var made = new StockClient(client, lab.prefix() + "c" + clients++, printed, directory);
    secrets.add(made.privateKey());
    return made;
  }

  /** Every private key there is. */
  List<String> secrets() throws IOException {
    var all = new ArrayList<>(secrets);
    all.add(Files.readString(directory.resolve("state/tunnel.key")).strip());
    return all;
  }

  /** A last number of an address of the resource nobody has used yet: 10.20.0.n, fd00:20::n. */
  int nextHost() {
    return addresses++;
  }

  void addResource(String id, String destination) {
    cli("resource", "add", id, destination);
  }

  void authorize(String client, String resource, String span) {
    cli("authorize", client, resource, "--for", span);
  }

  void revoke(String client, String resource) {
    cli("revoke", client, resource);
  }

  @Override
  public void close() {
    lab.close();
  }
}
