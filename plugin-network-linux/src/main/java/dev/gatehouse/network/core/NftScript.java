package dev.gatehouse.network.core;

/**
 * Rules as input of {@code nft -f -}. A script is one transaction: all of it holds, or none.
 *
 * <p>Segment sizes are clamped to what fits into the device in both directions, and to the route
 * beyond the gateway. The kernel only ever lowers them.
 */
public final class NftScript {

  private NftScript() {}

  /** Replaces the table, whether it is there or not. */
  public static String apply(RuleSet rules) {
    var table = "table inet " + rules.name();
    var text = new StringBuilder();
    text.append(table).append('\n').append("delete ").append(table).append('\n');
    text.append(table).append(" {\n");
    if (rules.masquerade()) {
      text.append(
          "  chain translate {\n    type nat hook postrouting priority 100; policy accept;\n");
      for (var network : rules.networks()) {
        text.append("    ")
            .append(network.address().isV4() ? "ip" : "ip6")
            .append(" saddr ")
            .append(network)
            .append(" oifname != \"")
            .append(rules.device())
            .append("\" masquerade\n");
      }
      text.append("  }\n");
    }
    text.append("  chain clamp {\n    type filter hook forward priority -150; policy accept;\n");
    for (var direction : new String[] {"iifname", "oifname"}) {
      for (var network : rules.networks()) {
        boolean v4 = network.address().isV4();
        text.append("    meta nfproto ")
            .append(v4 ? "ipv4 " : "ipv6 ")
            .append(syn(direction, rules))
            .append(rules.segment(v4))
            .append('\n');
      }
      text.append("    ").append(syn(direction, rules)).append("rt mtu\n");
    }
    return text.append("  }\n}\n").toString();
  }

  private static String syn(String direction, RuleSet rules) {
    return direction
        + " \""
        + rules.device()
        + "\" tcp flags & (syn|rst) == syn tcp option maxseg size set ";
  }

  /** Removes the table, whether it is there or not. */
  public static String remove(String device) {
    var table = "table inet " + RuleSet.name(device);
    return table + "\ndelete " + table + "\n";
  }
}
