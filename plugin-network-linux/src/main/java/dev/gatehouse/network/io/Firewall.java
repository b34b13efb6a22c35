package dev.gatehouse.network.io;

import dev.gatehouse.network.core.RuleSet;
import java.util.Optional;

/** A way to set packet filter rules. Blocks; one thread at a time. */
sealed interface Firewall permits NftFirewall, IptablesFirewall {

  /** The program's name. */
  String name();

  /** Makes exactly these rules hold; empty if that worked, else what the program said. */
  Optional<String> apply(RuleSet rules) throws InterruptedException;

  /** Whether they are all there; contents are not compared. */
  boolean holds(RuleSet rules) throws InterruptedException;

  /** Removes a device's rules if there are any; empty if none are left. */
  Optional<String> remove(String device) throws InterruptedException;
}
