package dev.gatehouse.bench.handshake;

import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.bench.Machine;
import dev.gatehouse.crypto.core.Curve25519;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Handshakes a second and core of Gatehouse and of wireguard-go, alternately, in one run. */
@Command(
    name = "handshakes",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Counts how many handshakes a second of processor time a gateway answers and completes,",
      "beside wireguard-go. Many clients shake hands with each in turn, over real sockets.",
      "Needs root, wg, wireguard-go and curl."
    })
public final class HandshakeBench implements Callable<Integer> {

  private static final Duration START = Duration.ofSeconds(60);
  private static final String GATEWAY = "192.0.2.1";

  @Option(names = "--clients", defaultValue = "128", description = "Default: ${DEFAULT-VALUE}.")
  private int clients;

  @Option(names = "--rounds", defaultValue = "3", description = "Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "5",
      description = "Length of a round. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--warm-up",
      defaultValue = "10",
      description = "Seconds before the first round. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  private final List<byte[]> keys = new ArrayList<>();

  /** One gateway with its clients, and what was measured. */
  private record Contest(String label, Background daemon, Clients callers, List<Double> figures) {}

  /** For picocli. */
  public HandshakeBench() {}

  @Override
  public Integer call() throws IOException {
    var random = new SecureRandom();
    for (int i = 0; i < clients; i++) {
      keys.add(Curve25519.generatePrivateKey(random));
    }
    var directory = Files.createTempDirectory("gatehouse-bench");
    try (var lab = NetLab.open()) {
      measure(List.of(gatehouse(lab, directory), wireGuardGo(lab, directory)));
    } finally {
      try (var files = Files.walk(directory)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
    return 0;
  }

  private void measure(List<Contest> contests) throws IOException {
    for (var contest : contests) {
      System.err.println("bench: warming " + contest.label());
      contest.callers().work(warmUp);
    }
    for (int round = 1; round <= rounds; round++) {
      for (var contest : contests) {
        double before = Machine.processorSeconds(contest.daemon().pid());
        long completed = contest.callers().work(seconds);
        double used = Machine.processorSeconds(contest.daemon().pid()) - before;
        contest.figures().add(completed / used);
        System.out.printf(
            Locale.ROOT,
            "round %d: %s completed %d handshakes in %d s with %.2f s of processor time: %.0f a"
                + " second and core%n",
            round,
            contest.label(),
            completed,
            seconds,
            used,
            completed / used);
      }
    }
    System.out.printf(
        "machine: %d cores, Linux %s, Java %s, JVM flags of bin/gatehouse%n",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("os.version"),
        Runtime.version());
    contests.forEach(contest ->
        System.out.printf(
            Locale.ROOT, "%s: %.0f (median)%n", contest.label(), median(contest.figures())));
    System.out.printf(
        Locale.ROOT,
        "Gatehouse ÷ wireguard-go: %.2f%n",
        median(contests.get(0).figures()) / median(contests.get(1).figures()));
    contests.forEach(contest -> contest.callers().close());
  }

  private static double median(List<Double> figures) {
    return figures.stream().sorted().toList().get(figures.size() / 2);
  }

  private static Namespace[] machines(NetLab lab, String suffix) {
    var client = lab.namespace("c" + suffix);
    var gateway = lab.namespace("g" + suffix);
    lab.cable(client, List.of("192.0.2.2/24"), gateway, List.of(GATEWAY + "/24"));
    return new Namespace[] {client, gateway};
  }

  private Contest gatehouse(NetLab lab, Path directory) throws IOException {
    var machines = machines(lab, "0");
    var bundle = Path.of(System.getProperty("gatehouse.bundle", "dist/target/gatehouse"));
    var configuration = directory.resolve("gatehouse.toml");
    var device = lab.prefix() + "g";
    Files.writeString(
        configuration,
        """
        state-directory = "state"
        [plugins]
        auth-store = "memory"
        [tun]
        name = "%s"
        addresses = ["100.64.0.1/16"]
        [tunnel]
        handshakes-per-second = 100000
        [log]
        format = "json"
        """
            .formatted(device));
    var program = bundle.resolve("bin/gatehouse").toString();
    var daemon = machines[1].start(program, "run", "-c", configuration.toString());
    daemon.awaitLine("gatehouse ready", START);
    var socket = directory.resolve("state/admin.sock").toString();
    for (int i = 0; i < clients; i++) {
      var body = "{\"id\":\"c%d\",\"public-key\":\"%s\"}".formatted(i, publicKey(keys.get(i)));
      machines[1].run(
          "curl",
          "-sSf",
          "--unix-socket",
          socket,
          "-H",
          "Content-Type: application/json",
          "-d",
          body,
          "http://gatehouse/v1/clients");
    }
    var status =
        machines[1].run("curl", "-sSf", "--unix-socket", socket, "http://gatehouse/v1/status");
    var key = status.out().replaceAll("(?s).*\"public-key\"\\s*:\\s*\"([^\"]+)\".*", "$1");
    return new Contest("Gatehouse", daemon, callers(machines[0], key), new ArrayList<>());
  }

  private Contest wireGuardGo(NetLab lab, Path directory) throws IOException {
    var machines = machines(lab, "1");
    var device = lab.prefix() + "w";
    var own = Curve25519.generatePrivateKey(new SecureRandom());
    var text = new StringBuilder("[Interface]\nListenPort = 51820\nPrivateKey = ");
    text.append(Base64.getEncoder().encodeToString(own)).append('\n');
    for (int i = 0; i < clients; i++) {
      text.append("[Peer]\nPublicKey = ").append(publicKey(keys.get(i)));
      text.append("\nAllowedIPs = 100.65.%d.%d/32\n".formatted(i / 256, i % 256));
    }
    var file = Files.writeString(directory.resolve("wg.conf"), text);
    var daemon = machines[1].start("wireguard-go", "--foreground", device);
    Await.until(
        "wireguard-go's interface",
        START,
        () -> machines[1].attempt("wg", "show", device).succeeded(),
        daemon::output);
    machines[1].run("wg", "setconf", device, file.toString());
    machines[1].run("ip", "link", "set", device, "up");
    var callers = callers(machines[0], publicKey(own).toString());
    return new Contest("wireguard-go", daemon, callers, new ArrayList<>());
  }

  private static PublicKey publicKey(byte[] privateKey) {
    return PublicKey.of(Curve25519.publicKey(privateKey));
  }

  private Clients callers(Namespace machine, String gatewayKey) throws IOException {
    return new Clients(machine, GATEWAY + ":51820", gatewayKey, keys);
  }
}
