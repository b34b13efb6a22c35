package dev.gatehouse.relay.core.turn;

/** Turns keys into places. */
final class Mixing {

  private Mixing() {}

  /** Mixes three longs with a seed. */
  static long mix(long seed, long a, long b, long c) {
    long mixed = round(seed ^ a);
    mixed = round(mixed ^ b);
    return round(mixed + c);
  }

  private static long round(long value) {
    long mixed = (value ^ (value >>> 32)) * 0xd6e8_feb8_6659_fd93L;
    mixed = (mixed ^ (mixed >>> 29)) * 0x9e37_79b9_7f4a_7c15L;
    return mixed ^ (mixed >>> 32);
  }
}
