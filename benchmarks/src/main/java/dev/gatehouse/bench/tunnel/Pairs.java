package dev.gatehouse.bench.tunnel;

import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Builds the pairs that are compared. */
public final class Pairs {

  /** The label of Gatehouse as it is. */
  static final String GATEHOUSE = "gatehouse";

  /** The label of Gatehouse whose lanes never call directly. */
  static final String BY_BUS = "gatehouse-by-bus";

  private final NetLab lab;
  private final Path directory;
  private final String extra;
  private int number;

  /**
   * Builds into a lab.
   *
   * @param lab where they live
   * @param directory for their files
   * @param extra lines of TOML for every Gatehouse
   */
  public Pairs(NetLab lab, Path directory, String extra) {
    this.lab = lab;
    this.directory = directory;
    this.extra = extra;
  }

  Pair bare() {
    return Pair.bare(lab, number++);
  }

  /** Gatehouse on both ends. */
  public Pair gatehouse() throws IOException {
    return gatehouse(GATEHOUSE, "");
  }

  /** The same with every batch over the event bus, at every seam between plugins. */
  Pair byBus() throws IOException {
    return gatehouse(BY_BUS, "\n[shards]\ninline-lanes = false\n");
  }

  private Pair gatehouse(String label, String more) throws IOException {
    var toml = extra + more;
    var machines = Pair.machines(lab, number);
    var gateway = GatehouseEnd.gateway(machines[1], device("g"), toml, directory);
    var client = GatehouseEnd.client(machines[0], device("c"), gateway.client(), toml, directory);
    return finish(label, machines, List.of(gateway.program(), client));
  }

  /** Gatehouse as gateway and a stock client. */
  Pair mixed(String label, String program) throws IOException {
    var machines = Pair.machines(lab, number);
    var gateway = GatehouseEnd.gateway(machines[1], device("g"), extra, directory);
    var settings = gateway.client();
    var client =
        WireGuardEnd.start(
            machines[0],
            program,
            device("c"),
            List.of(settings.address()),
            settings.forWg(),
            directory);
    return finish("gatehouse+" + label, machines, List.of(gateway.program(), client));
  }

  Pair wireGuard(String label, String program) throws IOException {
    var machines = Pair.machines(lab, number);
    var clientKey = WireGuardEnd.newKey(machines[0]);
    var gatewayKey = WireGuardEnd.newKey(machines[1]);
    var gateway =
        WireGuardEnd.start(
            machines[1],
            program,
            device("g"),
            List.of("100.64.0.1/16"),
            """
            [Interface]
            PrivateKey = %s
            ListenPort = 51820
            [Peer]
            PublicKey = %s
            AllowedIPs = 100.64.0.2/32
            """
                .formatted(gatewayKey, WireGuardEnd.publicKey(machines[1], clientKey)),
            directory);
    var client =
        WireGuardEnd.start(
            machines[0],
            program,
            device("c"),
            List.of("100.64.0.2/32"),
            """
            [Interface]
            PrivateKey = %s
            [Peer]
            PublicKey = %s
            Endpoint = %s:51820
            AllowedIPs = %s/32, 100.64.0.1/32
            """
                .formatted(
                    clientKey,
                    WireGuardEnd.publicKey(machines[0], gatewayKey),
                    Pair.GATEWAY_OUTSIDE,
                    Pair.BEHIND),
            directory);
    return finish(label, machines, List.of(gateway, client));
  }

  private Pair finish(String label, Namespace[] machines, List<Background> daemons) {
    machines[0].run("ip", "route", "replace", Pair.BEHIND + "/32", "dev", device("c"));
    number++;
    return new Pair(label, machines[0], machines[1], Pair.BEHIND, daemons);
  }

  private String device(String end) {
    return lab.prefix() + end + number;
  }
}
