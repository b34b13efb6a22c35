package dev.gatehouse.network.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The set-up on a real kernel. A bridge stands in for the TUN interface; two machines are behind
 * it, and a resource that knows no way back to them:
 *
 * <pre>
 *  one 100.64.0.2 ─┐
 *                  ├─ tunnel0 100.64.0.1  gateway  10.20.0.1 ── 10.20.0.10 resource
 *  two 100.64.0.3 ─┘
 * </pre>
 */
@Tag("kernel")
class NetworkKernelTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String FORWARD_V4 = "/proc/sys/net/ipv4/ip_forward";
  private static final String FORWARD_V6 = "/proc/sys/net/ipv6/conf/all/forwarding";

  @TempDir private Path directory;
  private NetLab lab;
  private Namespace one;
  private Namespace two;
  private Namespace gateway;
  private Namespace resource;

  @BeforeEach
  void build() {
    NetLab.needs("ip", "ping", "nft");
    lab = NetLab.open();
    one = lab.namespace("one");
    two = lab.namespace("two");
    gateway = lab.namespace("gateway");
    resource = lab.namespace("resource");
    gateway.run("ip", "link", "add", "tunnel0", "type", "bridge");
    gateway.run("ip", "address", "add", "100.64.0.1/16", "dev", "tunnel0");
    gateway.run("ip", "address", "add", "fd00:6a7e::1/64", "dev", "tunnel0");
    gateway.run("ip", "link", "set", "tunnel0", "up");
    join(one, 2);
    join(two, 3);
    lab.cable(
        gateway, List.of("10.20.0.1/24", "fd00:20::1/64"),
        resource, List.of("10.20.0.10/24", "fd00:20::10/64"));
  }

  private void join(Namespace machine, int number) {
    lab.cable(
        machine,
        List.of("100.64.0." + number + "/16", "fd00:6a7e::" + number + "/64"),
        gateway,
        List.of());
    gateway.run("ip", "link", "set", "to-" + machine.role(), "master", "tunnel0");
    machine.route("10.20.0.0/24", "100.64.0.1");
    machine.route("fd00:20::/64", "fd00:6a7e::1");
  }

  @AfterEach
  void takeDown() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void twoMachinesReachAResourceThatKnowsNoWayBackInBothFamilies() {
    assertThat(reaches(one, "10.20.0.10")).isFalse();
    try (var _ = started()) {
      for (var machine : List.of(one, two)) {
        assertThat(reaches(machine, "10.20.0.10")).isTrue();
        assertThat(reaches(machine, "fd00:20::10")).isTrue();
      }
    }
  }

  @Test
  void aStopLeavesNothingAndPutsBackWhatWasBefore() {
    gateway.sysctl("net.ipv6.conf.to-resource.accept_ra", "1");
    gateway.run("nft", "add table inet somebody-elses");
    var program = started();
    assertThat(value(FORWARD_V4)).isEqualTo("1");
    assertThat(value(FORWARD_V6)).isEqualTo("1");
    assertThat(value("/proc/sys/net/ipv6/conf/to-resource/accept_ra")).isEqualTo("2");

    stop(program);

    assertThat(tables()).containsExactly("table inet somebody-elses");
    assertThat(value(FORWARD_V4)).isEqualTo("0");
    assertThat(value(FORWARD_V6)).isEqualTo("0");
    assertThat(value("/proc/sys/net/ipv6/conf/to-resource/accept_ra")).isEqualTo("1");
    assertThat(directory.resolve("network.before")).doesNotExist();
  }

  @Test
  void whatWasOnBeforeStaysOn() {
    gateway.sysctl("net.ipv4.ip_forward", "1");
    stop(started());
    assertThat(value(FORWARD_V4)).isEqualTo("1");
    assertThat(value(FORWARD_V6)).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "nft"})
  void afterKillNineAStartLeavesOneRuleSetAndAStopNone(String absent) {
    if (absent.equals("nft")) {
      NetLab.needs("iptables-restore", "ip6tables-restore");
    }
    started(absent).kill();
    assertThat(value(FORWARD_V4)).isEqualTo("1");
    var once = rules();
    assertThat(once).contains("gatehouse-tunnel0");

    started(absent).kill();
    var program = started(absent);

    assertThat(rules()).isEqualTo(once);
    assertThat(reaches(one, "10.20.0.10")).isTrue();
    assertThat(reaches(two, "fd00:20::10")).isTrue();
    stop(program);
    assertThat(rules()).doesNotContain("gatehouse", "asquerade", "MASQUERADE");
    assertThat(value(FORWARD_V4)).as("from before the first start").isEqualTo("0");
    assertThat(value(FORWARD_V6)).isEqualTo("0");
  }

  @Test
  void aStartWithoutSetUpTidiesUpAfterOneThatWasKilledAndChangesNothing() {
    started().kill();
    var program = start(gateway, List.of(), "false", "none");
    program.awaitLine("started", SOON);

    assertThat(tables()).isEmpty();
    assertThat(value(FORWARD_V4)).isEqualTo("0");
    assertThat(reaches(one, "10.20.0.10")).isFalse();
    stop(program);
  }

  @Test
  void whatAReloadedFirewallTakesAwayComesBack() {
    try (var program = started()) {
      gateway.run("nft", "flush", "ruleset");
      gateway.sysctl("net.ipv4.ip_forward", "0");

      Await.until(
          "forwarding", SOON, () -> reaches(one, "10.20.0.10"), () -> program.output() + rules());
      assertThat(value(FORWARD_V4)).isEqualTo("1");
    }
  }

  @Test
  void segmentsFitIntoTheTunnelWhateverTheEndsBelieve() throws IOException {
    NetLab.needs("iperf3", "ss", "bash");
    resource.start("iperf3", "--server", "--forceflush").awaitLine("listening", SOON);
    try (var _ = started()) {
      for (var address : List.of("10.20.0.10", "fd00:20::10")) {
        var connection =
            one.start(
                "bash", "-c", "exec 3<>/dev/tcp/" + address + "/5201 && echo open && cat <&3");
        connection.awaitLine("open", SOON);
        var sockets = resource.run("ss", "-tniH", "state", "established").out();
        int headers = address.contains(":") ? 60 : 40;
        assertThat(sockets).contains("mss:" + (1420 - headers - 12) + " ");
        connection.close();
      }
    }
  }

  @Test
  void needsNotToBeRoot() throws IOException {
    NetLab.needs("setpriv");
    var program = start(gateway, nobody("+net_admin"), "true", "none");
    program.awaitLine("started", SOON);

    assertThat(reaches(one, "10.20.0.10")).isTrue();
    assertThat(reaches(one, "fd00:20::10")).isTrue();
    stop(program);
    assertThat(tables()).isEmpty();
    assertThat(value(FORWARD_V4)).isEqualTo("0");
  }

  @Test
  void withoutTheCapabilityItSaysSoAndChangesNothing() throws IOException {
    NetLab.needs("setpriv");
    var command = nobody("-all");
    start(gateway, command, "true", "none")
        .awaitLine("refused: GH-ENV-001 The kernel parameter .*CAP_NET_ADMIN", SOON);
    gateway.forwards();
    start(gateway, command, "true", "none")
        .awaitLine("refused: GH-ENV-001 The packet filter may .*CAP_NET_ADMIN", SOON);
    assertThat(tables()).isEmpty();
    assertThat(value(FORWARD_V4)).isEqualTo("1");
  }

  /** Runs a command as a user without rights, who may read a copy of the classes. */
  private List<String> nobody(String capabilities) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    return List.of(
        "setpriv",
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        "--inh-caps=" + capabilities,
        "--ambient-caps=" + capabilities);
  }

  private Background started() {
    return started("none");
  }

  private Background started(String absent) {
    var program = start(gateway, List.of(), "true", absent);
    program.awaitLine("started", SOON);
    return program;
  }

  private Background start(Namespace where, List<String> prefix, String setup, String absent) {
    var command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            prefix.isEmpty() ? String.join(File.pathSeparator, classPath()) : readableClassPath(),
            NetworkMain.class.getName(),
            directory.toString(),
            "tunnel0",
            setup,
            absent));
    return where.start(Map.of(), directory, command.toArray(String[]::new));
  }

  /** Surefire puts modules and the rest on different paths; a child takes both as one. */
  private static List<String> classPath() {
    return Stream.of("jdk.module.path", "java.class.path")
        .flatMap(
            property -> Stream.of(System.getProperty(property, "").split(File.pathSeparator, -1)))
        .filter(part -> !part.isEmpty())
        .toList();
  }

  /** The class path, copied to where everybody may read. */
  private String readableClassPath() {
    try {
      var copies = new ArrayList<String>();
      int number = 0;
      for (var entry : classPath()) {
        var copy = directory.resolve("class-path-" + number++);
        copies.add(copy.toString());
        copy(Path.of(entry), copy);
      }
      return String.join(File.pathSeparator, copies);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    if (!Files.exists(from) || Files.exists(to)) {
      return;
    }
    try (var files = Files.walk(from)) {
      for (var each : files.toList()) {
        var target = to.resolve(from.relativize(each).toString());
        if (Files.isDirectory(each)) {
          Files.createDirectories(target);
        } else {
          Files.copy(each, from.equals(each) ? to : target);
        }
      }
    }
  }

  private static void stop(Background program) {
    program.signal("TERM");
    program.awaitExit(SOON);
    assertThat(program.output()).contains("stopped");
  }

  private static boolean reaches(Namespace machine, String address) {
    return machine.attempt("ping", "-c1", "-W1", address).succeeded();
  }

  private String value(String file) {
    return gateway.run("cat", file).out().strip();
  }

  private List<String> tables() {
    return gateway.run("nft", "list", "tables").out().lines().toList();
  }

  /** All rules of the gateway; the order of chains in a table is nobody's concern. */
  private String rules() {
    return gateway
        .run("nft", "-s", "list", "ruleset")
        .out()
        .lines()
        .sorted()
        .collect(Collectors.joining("\n"));
  }
}
