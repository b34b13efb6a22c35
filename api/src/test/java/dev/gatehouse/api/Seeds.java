package dev.gatehouse.api;

import java.util.Random;

/** Seeds of property tests: printed, and replayed with {@code -Dgatehouse.seed=…}. */
public final class Seeds {

  private Seeds() {}

  /** A generator whose seed is printed. */
  public static Random random(String test) {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println(test + ": replay with -Dgatehouse.seed=" + seed);
    return new Random(seed);
  }
}
