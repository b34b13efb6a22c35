package dev.gatehouse.dist.faults;

import dev.gatehouse.crypto.core.Identity;
import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.link.Impairments;
import dev.gatehouse.testkit.link.LabLink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Clients behind a bad link:
 *
 * <pre>
 *  client ──────────── link ──────────── gateway ──────────── resource
 *  192.0.2.2     192.0.2.1 198.51.100.2  198.51.100.1 10.20.0.1   10.20.0.10
 *      └────────── tunnels: 100.64.0.0/16 ───────┘
 * </pre>
 */
public final class FaultSite implements AutoCloseable {

  public static final String RESOURCE = "10.20.0.10";
  public static final String LINK = "192.0.2.1";
  public static final int PORT = 51820;
  public static final Duration START = Duration.ofMinutes(1);

  public final NetLab lab;
  public final Namespace client;
  public final Namespace middle;
  public final Namespace gateway;
  public final Namespace resource;
  public final Path directory;
  public final Path configuration;
  public final AdminSocket admin;
  private final List<Background> everStarted = new ArrayList<>();
  private @Nullable Background running;
  private final AtomicInteger clients = new AtomicInteger();

  private FaultSite(NetLab lab, Path directory, String more) throws IOException {
    this.lab = lab;
    this.directory = directory;
    client = lab.namespace("client");
    middle = lab.namespace("link");
    gateway = lab.namespace("gateway");
    resource = lab.namespace("resource");
    lab.cable(client, List.of("192.0.2.2/24"), middle, List.of(LINK + "/24"));
    lab.cable(middle, List.of("198.51.100.2/24"), gateway, List.of("198.51.100.1/24"));
    lab.cable(gateway, List.of("10.20.0.1/24"), resource, List.of(RESOURCE + "/24"));
    resource.route("100.64.0.0/16", "10.20.0.1");
    admin = new AdminSocket(directory.resolve("state/admin.sock"));
    configuration =
        Files.writeString(
            directory.resolve("gatehouse.toml"),
            """
            state-directory = "state"
            [tun]
            name = "%s"
            addresses = ["100.64.0.1/16"]
            [shards]
            rehearse = false
            [log]
            format = "json"
            [admin]
            uapi = false
            %s
            """
                .formatted(lab.prefix() + "g", more));
  }

  /**
   * Builds it, or skips the test where that cannot be done.
   *
   * @param more what the gateway's configuration has on top, in TOML
   */
  public static FaultSite open(Path directory, String more) throws IOException {
    NetLab.needs("ip", "wireguard-go", "wg", "ping", "curl", "nft");
    NetLab.needsTun();
    return new FaultSite(NetLab.open(), directory, more);
  }

  /** The link between the clients and the gateway; before it is started they cannot meet. */
  public LabLink link(Impairments impairments) {
    long seed = Long.getLong("gatehouse.seed", 20_260_101);
    System.out.println("bad link: -Dgatehouse.seed=" + seed + " " + impairments);
    return LabLink.start(middle, LINK + ":" + PORT, "198.51.100.1:" + PORT, impairments, seed);
  }

  /** Starts the gateway and waits until it serves. */
  public Background startGateway() {
    var started = gateway.start(Bundle.program().toString(), "run", "-c", configuration.toString());
    everStarted.add(started);
    running = started;
    started.awaitLine("gatehouse ready", START);
    return started;
  }

  public Background gatewayProgram() {
    return Objects.requireNonNull(running);
  }

  /** The lines nobody wants to see after a run in which nothing went wrong at the gateway. */
  public List<String> worries() {
    return everStarted.stream()
        .flatMap(program -> program.lines().stream())
        .filter(line -> line.matches(".*\"(WARNING|ERROR)\".*"))
        .toList();
  }

  /** Lets a client reach the resource, and the resource the client. */
  public void authorize(String id) {
    admin.post("/v1/authorizations", "{\"client\":\"" + id + "\",\"resource\":\"all\"}");
  }

  public void addResource(String id, String destination) {
    admin.post("/v1/resources", "{\"id\":\"" + id + "\",\"destination\":\"" + destination + "\"}");
  }

  /** A client, its private key in base 64, and its address in the tunnel. */
  public record Known(String id, String key, String address) {}

  /** Adds a client to the gateway's store. Any thread. */
  public Known add(String id) {
    var key = new byte[32];
    new SecureRandom().nextBytes(key);
    key[0] &= (byte) 248;
    key[31] = (byte) ((key[31] & 127) | 64);
    int number = clients.incrementAndGet();
    var address = "100.64." + (number / 250 + 1) + "." + (number % 250 + 2);
    try (var identity = new Identity(key.clone())) {
      admin.post(
          "/v1/clients",
          "{\"id\":\"%s\",\"public-key\":\"%s\",\"addresses\":[\"%s\"]}"
              .formatted(id, Base64.getEncoder().encodeToString(identity.publicKey()), address));
    }
    return new Known(id, Base64.getEncoder().encodeToString(key), address);
  }

  public String gatewayKey() {
    var status = admin.get("/v1/gateway");
    return status.replaceAll("(?s).*\"public-key\":\"([^\"]+)\".*", "$1");
  }

  private Path secret(String name, String text) throws IOException {
    var file =
        Files.createFile(
            directory.resolve(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, text);
  }

  /** Starts a wireguard-go for a client and sends its way what is for the resource's network. */
  public String startStock(Known who, String... networks) throws IOException {
    var device = lab.prefix() + "w" + clients.get();
    var program = new AtomicReference<>(client.start("wireguard-go", "--foreground", device));
    Await.until(
        "the client's interface",
        START,
        () -> {
          if (!program.get().isAlive()) { // others on this machine have removed its directory
            program.set(client.start("wireguard-go", "--foreground", device));
          }
          return client.attempt("wg", "show", device).succeeded();
        },
        () -> program.get().output());
    client.run(
        "wg",
        "set",
        device,
        "private-key",
        secret(device + ".key", who.key()).toString(),
        "peer",
        gatewayKey(),
        "endpoint",
        LINK + ":" + PORT,
        "allowed-ips",
        "10.20.0.0/24,10.99.0.0/24,100.96.0.0/11,100.64.0.1/32");
    client.run("ip", "address", "add", who.address() + "/32", "dev", device);
    client.run("ip", "link", "set", device, "mtu", "1420", "up");
    for (var network : networks) {
      client.run("ip", "route", "replace", network, "dev", device, "src", who.address());
    }
    return device;
  }

  /** Starts a Gatehouse in the client role. */
  public String startOwn(Known who, String... networks) throws IOException {
    var device = lab.prefix() + "o" + clients.get();
    var file = directory.resolve(device + ".toml");
    Files.writeString(
        file,
        """
        state-directory = "%s-state"
        [plugins]
        auth-store = "memory"
        stages = ["client"]
        [tun]
        name = "%s"
        addresses = ["%s/32"]
        [transport]
        listen = ["0.0.0.0:0"]
        [shards]
        rehearse = false
        [tunnel]
        private-key-file = "%s"
        [client]
        gateway-public-key = "%s"
        gateway-endpoint = "%s:%d"
        allowed-ips = ["10.20.0.0/24", "100.64.0.1/32"]
        """
            .formatted(
                device,
                device,
                who.address(),
                secret(device + ".key", who.key() + "\n"),
                gatewayKey(),
                LINK,
                PORT));
    client
        .start(Bundle.program().toString(), "run", "-c", file.toString())
        .awaitLine("gatehouse ready", START);
    for (var network : networks) {
      client.run("ip", "route", "replace", network, "dev", device, "src", who.address());
    }
    return device;
  }

  /** Pings until something comes back. */
  public void reaches(String address) {
    Await.until(
        "an echo from " + address,
        START,
        () -> client.attempt("ping", "-n", "-c1", "-W2", address).succeeded(),
        () -> client.attempt("wg", "show").all() + gatewayProgram().output());
  }

  /** Starts one of the programs of these tests in a machine. */
  public static Background java(Namespace machine, Class<?> program, String... arguments) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    command.addAll(Arrays.asList(arguments));
    return machine.start(command.toArray(String[]::new));
  }

  /** Lets time pass while the world goes on; a blackout is a length of time and nothing else. */
  public static void pass(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
  }

  @Override
  public void close() {
    lab.close();
  }
}
