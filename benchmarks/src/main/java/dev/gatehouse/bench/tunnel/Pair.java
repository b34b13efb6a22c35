package dev.gatehouse.bench.tunnel;

import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import java.util.List;

/**
 * Two machines joined by a cable, with a tunnel between them that is up.
 *
 * @param label what is measured, for tables
 * @param client where load starts
 * @param gateway where the target address lives
 * @param target the address behind the tunnel
 * @param daemons the tunnel's programs; none for the bare cable
 */
public record Pair(
    String label, Namespace client, Namespace gateway, String target, List<Background> daemons) {

  /** The address behind every tunnel: on the gateway's loopback device. */
  static final String BEHIND = "10.20.0.1";

  static final String CLIENT_OUTSIDE = "192.0.2.2";
  static final String GATEWAY_OUTSIDE = "192.0.2.1";

  /** Copies the list. */
  public Pair {
    daemons = List.copyOf(daemons);
  }

  /** Two machines and a cable; roles carry the number so that several pairs live in one lab. */
  static Namespace[] machines(NetLab lab, int number) {
    var client = lab.namespace("c" + number);
    var gateway = lab.namespace("g" + number);
    lab.cable(client, List.of(CLIENT_OUTSIDE + "/24"), gateway, List.of(GATEWAY_OUTSIDE + "/24"));
    gateway.run("ip", "address", "add", BEHIND + "/32", "dev", "lo");
    return new Namespace[] {client, gateway};
  }

  /** The same machines without a tunnel: the upper bound. */
  static Pair bare(NetLab lab, int number) {
    var machines = machines(lab, number);
    machines[0].route(BEHIND + "/32", GATEWAY_OUTSIDE);
    return new Pair("veth", machines[0], machines[1], BEHIND, List.of());
  }
}
