package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway under a flood of spoofed handshake initiations, with real programs, sockets and a real
 * kernel: what an established client notices of it. {@code -Dgatehouse.attack.seconds=30} makes it
 * long; {@code -Dgatehouse.attack.rate} is how many initiations come a second.
 */
@Tag("kernel")
class AttackTest {

  private static final int SECONDS = Integer.getInteger("gatehouse.attack.seconds", 5);
  private static final int RATE = Integer.getInteger("gatehouse.attack.rate", 50_000);
  private static final String NETWORK = "10.66";
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 3;
  private static final double KEPT = 0.8;
  private static final double RECOVERED = 0.9;
  private static final int INITIATION = 148;
  private static final int COOKIE_REPLY = 64;
  private static final int QUIET_SECONDS = 4;
  private static final int RECOVERY_SECONDS = 2;

  @Test
  void anEstablishedFlowOutlivesAFloodOfSpoofedInitiations(@TempDir Path directory)
      throws IOException {
    NetLab.needs("iperf3");
    try (var site = Site.open(directory)) {
      var attacker = attacker(site);
      var gateway = site.startGateway();
      var host = "10.20.0." + site.nextHost();
      site.addResource("flow", host + "/32");
      var late = site.newClient("late");
      try (var alice = site.newClient("alice").up();
          late) {
        site.authorize("alice", "flow", "1h");
        Await.until("the resource", SOON, () -> alice.fetch(host).succeeded(), gateway::output);
        // Attacker, flows and gateway share the processors with all else, so the best counts.
        var seen = attack(site, host, gateway, attacker, alice.gatewayKey());
        for (int more = 1; more < ATTEMPTS && !seen.isBorne(); more++) {
          seen = attack(site, host, gateway, attacker, alice.gatewayKey());
        }
        System.out.println("attack: a new client was connected after " + connect(late) + " ms");

        assertThat(seen.kept()).as("goodput kept, TCP and UDP").allMatch(part -> part > KEPT);
        assertThat(seen.recovered())
            .as("goodput after the flood, TCP and UDP")
            .allMatch(part -> part > RECOVERED);
        assertThat(number(seen.flood(), "replies")).as("cookie replies").isPositive();
        assertThat(number(seen.flood(), "largest")).as("largest reply").isEqualTo(COOKIE_REPLY);
        assertThat(number(seen.flood(), "bytes"))
            .as("bytes of replies")
            .isLessThan(number(seen.flood(), "sent") * INITIATION / 4);
        assertThat(seen.moreHeap()).as("more heap, kB").isLessThan(8 << 10);
        assertThat(seen.moreResident()).as("more memory, kB").isLessThan(96 << 10);
      }
      assertThat(Site.worries(site.log())).isEmpty();
    }
  }

  /**
   * What a flood did.
   *
   * @param flood its last words
   * @param kept the parts of the flows that arrived meanwhile
   * @param recovered the parts of the flows that arrived later
   * @param moreHeap the growth of the gateway's heap, kB
   * @param moreResident the growth of its resident memory, kB
   */
  private record Seen(
      String flood, List<Double> kept, List<Double> recovered, long moreHeap, long moreResident) {

    boolean isBorne() {
      return kept.stream().allMatch(part -> part > KEPT)
          && recovered.stream().allMatch(part -> part > RECOVERED);
    }
  }

  private static Seen attack(
      Site site, String host, Background gateway, Namespace attacker, String gatewayKey)
      throws IOException {
    try (var tcp = Flow.start(site, host, 5301, SECONDS, "--bitrate", "30M");
        var udp = Flow.start(site, host, 5302, SECONDS, "--udp", "-b", "10M", "-l", "1200")) {
      tcp.awaitSeconds(2 + QUIET_SECONDS);
      var before = Memory.of(site, gateway);
      tcp.mark();
      udp.mark();

      var flood = flood(attacker, gatewayKey);
      var outcome = flood.awaitLine("flood over: ", SOON.plusSeconds(SECONDS));
      tcp.mark();
      udp.mark();
      var after = Memory.of(site, gateway);
      tcp.awaitSeconds(RECOVERY_SECONDS + 1);

      System.out.println("attack: " + outcome.replace("flood over: ", ""));
      System.out.println("attack: gateway before " + before + ", after " + after);
      tcp.report("TCP");
      udp.report("UDP");
      return new Seen(
          outcome,
          List.of(tcp.kept(), udp.kept()),
          List.of(tcp.recovered(), udp.recovered()),
          after.heap() - before.heap(),
          after.resident() - before.resident());
    }
  }

  /** A machine that has a whole network for itself, behind the gateway's other cable. */
  private static Namespace attacker(Site site) {
    var attacker = site.lab.namespace("attacker");
    site.lab.cable(attacker, List.of("203.0.113.2/24"), site.gateway, List.of("203.0.113.1/24"));
    attacker.run("ip", "route", "add", "local", NETWORK + ".0.0/16", "dev", "lo");
    attacker.route(Site.GATEWAY + "/32", "203.0.113.1");
    site.gateway.route(NETWORK + ".0.0/16", "203.0.113.2");
    return attacker;
  }

  private static Background flood(Namespace attacker, String gatewayKey) {
    return attacker.start(
        program("java"),
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        Flood.class.getName(),
        Site.GATEWAY,
        "51820",
        gatewayKey,
        Integer.toString(RATE),
        Integer.toString(SECONDS),
        NETWORK);
  }

  /** How long a client that nobody has seen yet takes, in milliseconds. */
  private static long connect(StockClient client) {
    client.up();
    return Await.until(
            "a new client",
            SOON,
            () -> client.ping(Site.TUNNEL_GATEWAY).succeeded() && client.lastHandshake() > 0)
        .toMillis();
  }

  private static long number(String line, String name) {
    var found = Pattern.compile(name + "=(\\d+)").matcher(line);
    assertThat(found.find()).as(line).isTrue();
    return Long.parseLong(found.group(1));
  }

  private static String program(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  /**
   * The memory of a program.
   *
   * @param heap the Java heap after a collection, kB
   * @param resident all that is resident, kB
   */
  private record Memory(long heap, long resident) {

    static Memory of(Site site, Background program) throws IOException {
      long resident =
          Files.readAllLines(Path.of("/proc/" + program.pid() + "/status")).stream()
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
      jcmd(site, program, "GC.run");
      var used = Pattern.compile("used (\\d+)K").matcher(jcmd(site, program, "GC.heap_info"));
      assertThat(used.find()).isTrue();
      return new Memory(Long.parseLong(used.group(1)), resident);
    }

    private static String jcmd(Site site, Background to, String command) {
      return site.gateway.attempt(program("jcmd"), Long.toString(to.pid()), command).all();
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "heap %.1f MB, resident %.1f MB", heap / 1024.0, resident / 1024.0);
    }
  }
}
