package dev.gatehouse.crypto.io;

import dev.gatehouse.crypto.AeadChoice;
import dev.gatehouse.crypto.core.AeadEngine;
import java.util.Locale;

/** Lets benchmarks have the engines by name, which a plugin shows to nobody. */
public final class Engines {

  private Engines() {}

  /**
   * An engine that passed its self-test.
   *
   * @throws dev.gatehouse.api.GatehouseException if it does not work here
   */
  public static AeadEngine named(String name) {
    return AeadEngines.choose(AeadChoice.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')));
  }
}
