package dev.gatehouse.relay.core.turn;

import java.util.Random;
import java.util.stream.LongStream;

/** Seeds of property tests: random ones, or the one to replay. */
final class Seeds {

  private Seeds() {}

  /** As many seeds as asked for, or the single one in {@code gatehouse.seed}. */
  static LongStream of(int count) {
    var replay = Long.getLong("gatehouse.seed");
    return replay != null ? LongStream.of(replay) : new Random().longs(count);
  }
}
