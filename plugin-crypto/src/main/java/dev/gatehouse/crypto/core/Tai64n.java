package dev.gatehouse.crypto.core;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;

/**
 * TAI64N time stamps: 8 bytes of seconds, 4 of nanoseconds, in network order, so that comparing the
 * bytes compares the times. The leap seconds between TAI and UTC are taken as the 10 of 1970, as
 * everyone in WireGuard does: only the order matters.
 */
public final class Tai64n {

  /** The length in bytes. */
  public static final int LENGTH = 12;

  private static final long EPOCH = 0x4000_0000_0000_000aL;

  /** Nanoseconds are cut to about 17 ms, so that a stamp does not tell how the machine is timed. */
  private static final int GRAIN = 1 << 24;

  private static final int SECOND = 1_000_000_000;

  private Tai64n() {}

  /** The stamp of a moment, cut to the grain. */
  public static byte[] of(Instant moment) {
    return ByteBuffer.allocate(LENGTH)
        .putLong(EPOCH + moment.getEpochSecond())
        .putInt(moment.getNano() & -GRAIN)
        .array();
  }

  /** The stamp that follows directly after another one. */
  public static byte[] after(byte[] stamp) {
    var buffer = ByteBuffer.wrap(stamp);
    long seconds = buffer.getLong();
    int nanos = buffer.getInt() + GRAIN;
    if (nanos >= SECOND) {
      seconds++;
      nanos = 0;
    }
    return ByteBuffer.allocate(LENGTH).putLong(seconds).putInt(nanos).array();
  }

  /** The stamp some time later. */
  public static byte[] plus(byte[] stamp, Duration time) {
    var buffer = ByteBuffer.wrap(stamp);
    long seconds = buffer.getLong() + time.toSeconds();
    int nanos = buffer.getInt() + time.toNanosPart();
    return ByteBuffer.allocate(LENGTH)
        .putLong(nanos < SECOND ? seconds : seconds + 1)
        .putInt(nanos < SECOND ? nanos : nanos - SECOND)
        .array();
  }

  /** Whether the first stamp is later than the second. */
  public static boolean isAfter(byte[] first, byte[] second) {
    for (int i = 0; i < LENGTH; i++) {
      if (first[i] != second[i]) {
        return (first[i] & 0xff) > (second[i] & 0xff);
      }
    }
    return false;
  }

  /** Puts a number from 0 to 65535 where a stamp cut to the grain has zeros. */
  static void annotate(byte[] stamp, int number) {
    stamp[LENGTH - 2] = (byte) (number >>> 8);
    stamp[LENGTH - 1] = (byte) number;
  }

  /** The number that {@link #annotate} put there; anything in the stamps of others. */
  static int annotation(byte[] stamp) {
    return (stamp[LENGTH - 2] & 0xff) << 8 | (stamp[LENGTH - 1] & 0xff);
  }

  /** Where the stamps of initiations come from: each later than all before it, across restarts. */
  @FunctionalInterface
  public interface Source {

    /** The next stamp, 12 bytes, the caller's. */
    byte[] next();
  }
}
