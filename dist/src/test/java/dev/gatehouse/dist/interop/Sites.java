package dev.gatehouse.dist.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Two machines on one cable, and a third for what must not be disturbed by packets of clients that
 * are gone already:
 *
 * <pre>
 *  client ─────────────── gateway ─────────────── quiet
 *  198.51.100.2       198.51.100.1, .9
 *  fd00:51::2          fd00:51::1, ::9
 *                       203.0.113.1          203.0.113.2
 *      └ tunnels: 100.64.0.0/16, fd00:6a7e::/64 and 100.65.0.0/16 ┘
 * </pre>
 */
final class Sites implements AutoCloseable {

  static final String GATEWAY = "198.51.100.1";
  static final String GATEWAY_2 = "198.51.100.9";
  static final String GATEWAY_QUIET = "203.0.113.1";
  static final String GATEWAY_V6 = "[fd00:51::1]";
  static final String INNER = "100.64.0.1";
  static final String INNER_V6 = "fd00:6a7e::1";

  /** Devices with less have no IPv6. */
  private static final int SMALLEST_V6 = 1280;

  static final Duration SOON = Duration.ofSeconds(60);

  final NetLab lab;
  final Namespace client;
  final Namespace gateway;
  final Namespace quiet;
  final Path directory;
  private final List<Gate> gates = new ArrayList<>();
  private int hosts = 10;

  private Sites(NetLab lab, Path directory) {
    this.lab = lab;
    this.directory = directory;
    client = lab.namespace("client");
    gateway = lab.namespace("gateway");
    quiet = lab.namespace("quiet");
    lab.cable(
        client, List.of("198.51.100.2/24", "fd00:51::2/64"),
        gateway, List.of(GATEWAY + "/24", GATEWAY_2 + "/24", "fd00:51::1/64", "fd00:51::9/64"));
    lab.cable(
        quiet, List.of("203.0.113.2/24"),
        gateway, List.of(GATEWAY_QUIET + "/24"));
    client.sysctl("net.ipv4.conf.all.promote_secondaries", "1");
    gateway.sysctl("net.ipv4.conf.all.promote_secondaries", "1");
    client.run("ip", "link", "set", "to-gateway", "mtu", "9000");
    gateway.run("ip", "link", "set", "to-client", "mtu", "9000");
  }

  /** Builds it, or skips the test where that cannot be done. */
  static Sites open(Path directory) {
    NetLab.needs("ip", "wireguard-go", "wg", "ping", "curl");
    NetLab.needsTun();
    return new Sites(NetLab.open(), directory);
  }

  /** The usual gateway, being started. */
  Gate gate() throws IOException {
    return gate("g", 51820, 1420, "\"" + INNER + "/16\", \"" + INNER_V6 + "/64\"");
  }

  Gate gate(String name, int port, int mtu, String addresses) throws IOException {
    var device = lab.prefix() + name;
    var made = new Gate(gateway, device, port, mtu, addresses, directory.resolve(device));
    gates.add(made);
    return made.starting();
  }

  /** A wireguard-go on the client's machine with addresses nobody else has, being up. */
  WireGuardGo newClient(int mtu) throws IOException {
    return newClient(client, mtu);
  }

  private WireGuardGo newClient(Namespace machine, int mtu) throws IOException {
    int host = hosts++;
    var v4 = "100.64.0." + host + "/32";
    var device = lab.prefix() + "c" + host;
    return (mtu < SMALLEST_V6
            ? new WireGuardGo(machine, device, directory, mtu, v4)
            : new WireGuardGo(machine, device, directory, mtu, v4, "fd00:6a7e::" + host + "/128"))
        .up();
  }

  /**
   * Makes a client and a gateway known to each other, with wg on both sides.
   *
   * @param endpoint where the client finds the gateway
   */
  static void introduce(WireGuardGo client, Gate gate, String endpoint, String... more) {
    var allowed = String.join(",", client.addresses);
    var atGate = new ArrayList<>(List.of("peer", client.publicKey, "allowed-ips", allowed));
    atGate.addAll(List.of(more));
    gate.set(atGate.toArray(String[]::new));
    var atClient = new ArrayList<>(List.of("peer", gate.publicKey(), "endpoint", endpoint));
    atClient.addAll(List.of("allowed-ips", INNER + "/32," + INNER_V6 + "/128"));
    atClient.addAll(List.of(more));
    client.set(atClient.toArray(String[]::new));
    route(client);
  }

  /** Sends what is for the gateway's inside through this client. */
  static void route(WireGuardGo client) {
    for (var address : client.addresses) {
      var from = address.replaceAll("/.*", "");
      var to = from.contains(":") ? INNER_V6 : INNER;
      client.machine.run("ip", "route", "replace", to, "dev", client.device, "src", from);
    }
  }

  /** The like on the quiet machine. */
  WireGuardGo newQuietClient() throws IOException {
    return newClient(quiet, 1420);
  }

  /** The like, having exchanged a packet. */
  WireGuardGo connectedQuietly(Gate gate) throws IOException {
    var made = newQuietClient();
    introduce(made, gate, GATEWAY_QUIET + ":" + gate.port);
    made.reaches(INNER, SOON);
    return made;
  }

  /** A client that is up and has exchanged a packet. */
  WireGuardGo connected(Gate gate) throws IOException {
    var made = newClient(1420);
    introduce(made, gate, GATEWAY + ":" + gate.port);
    made.reaches(INNER, SOON);
    return made;
  }

  @Override
  public void close() throws IOException {
    try {
      for (var gate : gates) {
        assertThat(gate.worries()).as("what a clean run must not log").isEmpty();
        assertThat(String.join("\n", gate.log()))
            .as("secrets have no place in the log")
            .doesNotContain(gate.privateKey());
      }
    } finally {
      gates.forEach(Gate::close);
      lab.close();
    }
  }
}
