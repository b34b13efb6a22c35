package dev.gatehouse.network.io;

import dev.gatehouse.network.core.IptablesScript;
import dev.gatehouse.network.core.IptablesScript.Jump;
import dev.gatehouse.network.core.RuleSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** iptables and ip6tables, where there is no nft: chains of our own, and one jump into each. */
record IptablesFirewall(Programs programs) implements Firewall {

  /** More jumps than a chain can have got by accident. */
  private static final int MOST_JUMPS = 100;

  @Override
  public String name() {
    return "iptables";
  }

  @Override
  public Optional<String> apply(RuleSet rules) throws InterruptedException {
    for (boolean v4 : new boolean[] {true, false}) {
      if (!rules.has(v4)) {
        continue;
      }
      var restored =
          programs.run(
              IptablesScript.apply(rules, v4),
              List.of(program(v4) + "-restore", "--noflush", "-w", "5"));
      if (!restored.isGood()) {
        return Optional.of(restored.output());
      }
      for (var jump : IptablesScript.jumps(rules.masquerade())) {
        if (!on(v4, jump, "-C", rules.name()).isGood()) {
          var added = on(v4, jump, "-A", rules.name());
          if (!added.isGood()) {
            return Optional.of(added.output());
          }
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public boolean holds(RuleSet rules) throws InterruptedException {
    for (boolean v4 : new boolean[] {true, false}) {
      for (var jump : IptablesScript.jumps(rules.masquerade())) {
        if (rules.has(v4) && !on(v4, jump, "-C", rules.name()).isGood()) {
          return false;
        }
      }
    }
    return true;
  }

  @Override
  public Optional<String> remove(String device) throws InterruptedException {
    var chain = RuleSet.name(device);
    var left = new ArrayList<String>();
    for (boolean v4 : new boolean[] {true, false}) {
      if (programs.find(v4 ? "iptables" : "ip6tables").isEmpty()) {
        continue;
      }
      for (var jump : IptablesScript.jumps(true)) {
        for (int i = 0; i < MOST_JUMPS && on(v4, jump, "-D", chain).isGood(); i++) {
          // One less.
        }
        if (programs.run("", command(v4, jump.table(), "-n", "-L", chain)).isGood()) {
          programs.run("", command(v4, jump.table(), "-F", chain));
          var removed = programs.run("", command(v4, jump.table(), "-X", chain));
          if (!removed.isGood()) {
            left.add(removed.output());
          }
        }
      }
    }
    return left.stream().findFirst();
  }

  private Programs.Ended on(boolean v4, Jump jump, String verb, String chain)
      throws InterruptedException {
    return programs.run("", command(v4, jump.table(), verb, jump.from(), "-j", chain));
  }

  private List<String> command(boolean v4, String table, String... rest) {
    var all = new ArrayList<>(List.of(program(v4), "-w", "5", "-t", table));
    all.addAll(List.of(rest));
    return all;
  }

  private String program(boolean v4) {
    var name = v4 ? "iptables" : "ip6tables";
    return programs.find(name).map(Object::toString).orElse(name);
  }
}
