package dev.gatehouse.network.core;

import java.util.List;

/**
 * Rules as input of {@code iptables-restore --noflush} and its IPv6 sibling: chains of our own,
 * emptied and filled again. The jumps into them stand in chains that belong to everyone, so they
 * are added and removed one by one.
 */
public final class IptablesScript {

  /**
   * A jump from a common chain into ours.
   *
   * @param table the table, {@code nat} or {@code mangle}
   * @param from the common chain
   */
  public record Jump(String table, String from) {}

  private IptablesScript() {}

  /** Makes or replaces our chains for one address family. */
  public static String apply(RuleSet rules, boolean v4) {
    var chain = rules.name();
    var text = new StringBuilder();
    if (rules.masquerade()) {
      text.append("*nat\n:").append(chain).append(" - [0:0]\n");
      for (var network : rules.networks()) {
        if (network.address().isV4() == v4) {
          text.append(
              "-A %s -s %s ! -o %s -j MASQUERADE\n".formatted(chain, network, rules.device()));
        }
      }
      text.append("COMMIT\n");
    }
    text.append("*mangle\n:").append(chain).append(" - [0:0]\n");
    for (var direction : List.of("-i", "-o")) {
      var syn =
          "-A %s %s %s -p tcp --tcp-flags SYN,RST SYN -j TCPMSS "
              .formatted(chain, direction, rules.device());
      text.append(syn).append("--set-mss ").append(rules.segment(v4)).append('\n');
      text.append(syn).append("--clamp-mss-to-pmtu\n");
    }
    return text.append("COMMIT\n").toString();
  }

  /** The jumps that belong to rules. */
  public static List<Jump> jumps(boolean masquerade) {
    var clamp = new Jump("mangle", "FORWARD");
    return masquerade ? List.of(new Jump("nat", "POSTROUTING"), clamp) : List.of(clamp);
  }
}
