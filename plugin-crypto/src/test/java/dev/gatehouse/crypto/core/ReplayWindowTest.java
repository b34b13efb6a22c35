package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {

  private static final long SEED = Long.getLong("gatehouse.seed", 20261122L);

  /** Everything ever seen, without any cleverness. */
  private static final class Naive {
    private final Set<Long> seen = new HashSet<>();
    private long newest;
    private boolean any;

    boolean take(long counter) {
      if (isOld(counter) || !seen.add(counter)) {
        return false;
      }
      newest = any && Long.compareUnsigned(newest, counter) > 0 ? newest : counter;
      any = true;
      return true;
    }

    private boolean isOld(long counter) {
      return any
          && Long.compareUnsigned(counter, newest) < 0
          && Long.compareUnsigned(newest - counter, ReplayWindow.SIZE) >= 0;
    }

    void forgetOld() {
      seen.removeIf(this::isOld);
    }
  }

  @Test
  void agreesWithANaiveModelOverTenMillionCounters() {
    System.out.println("replay window: seed " + SEED);
    var random = new Random(SEED);
    long checked = 0;
    for (int run = 0; run < 500; run++) {
      var window = new ReplayWindow();
      var naive = new Naive();
      long around =
          switch (run % 4) {
            case 0 -> 0;
            case 1 -> random.nextLong(1L << 40);
            case 2 -> Long.MAX_VALUE - random.nextLong(1L << 28); // goes on as negative numbers
            default -> random.nextLong() & ~(1L << 63 >> 3);
          };
      for (int i = 0; i < 20_000; i++) {
        long counter = next(random, around);
        around = Long.compareUnsigned(counter, around) > 0 ? counter : around;
        boolean taken = window.isFresh(counter);
        if (taken) {
          window.accept(counter);
        }
        checked++;
        if (taken != naive.take(counter)) {
          throw new AssertionError("counter " + counter + " in run " + run + ", seed " + SEED);
        }
        if (i % 4096 == 4095) {
          naive.forgetOld();
        }
      }
    }
    assertThat(checked).isEqualTo(10_000_000);
  }

  private static long next(Random random, long around) {
    return switch (random.nextInt(8)) {
      case 0 -> around + 1 + random.nextInt(200);
      case 1 -> around + 1 + random.nextInt(20_000);
      case 2 -> back(around, ReplayWindow.SIZE + 65 - random.nextInt(130));
      case 3, 4 -> back(around, random.nextInt((int) ReplayWindow.SIZE + 500));
      default -> back(around + 4, random.nextInt(8));
    };
  }

  private static long back(long from, long by) {
    return Long.compareUnsigned(from, by) < 0 ? 0 : from - by;
  }

  @Test
  void takesALateCounterOnceWithin8192() {
    var window = new ReplayWindow();
    window.accept(10_000);
    assertThat(ReplayWindow.SIZE).isGreaterThanOrEqualTo(8192);
    assertThat(window.isFresh(10_000 - 8191)).isTrue();
    window.accept(10_000 - 8191);
    assertThat(window.isFresh(10_000 - 8191)).isFalse();
    assertThat(window.isFresh(10_000 - ReplayWindow.SIZE)).isFalse();
  }

  @Test
  void survivesTheLargestCounters() {
    var window = new ReplayWindow();
    window.accept(0);
    window.accept(Timing.REJECT_AFTER_MESSAGES - 1);
    assertThat(window.isFresh(Timing.REJECT_AFTER_MESSAGES - 1)).isFalse();
    assertThat(window.isFresh(Timing.REJECT_AFTER_MESSAGES - 2)).isTrue();
    assertThat(window.isFresh(0)).isFalse();
  }
}
