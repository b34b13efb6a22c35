package dev.gatehouse.network.io;

import dev.gatehouse.network.core.NftScript;
import dev.gatehouse.network.core.RuleSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** nftables: one table per device. */
record NftFirewall(Programs programs, Path nft) implements Firewall {

  @Override
  public String name() {
    return "nft";
  }

  @Override
  public Optional<String> apply(RuleSet rules) throws InterruptedException {
    return run(NftScript.apply(rules));
  }

  @Override
  public boolean holds(RuleSet rules) throws InterruptedException {
    return programs
        .run("", List.of(nft.toString(), "list", "table", "inet", rules.name()))
        .isGood();
  }

  @Override
  public Optional<String> remove(String device) throws InterruptedException {
    return run(NftScript.remove(device));
  }

  private Optional<String> run(String script) throws InterruptedException {
    var ended = programs.run(script, List.of(nft.toString(), "-f", "-"));
    return ended.isGood() ? Optional.empty() : Optional.of(ended.output());
  }
}
