package dev.gatehouse.testkit.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** A link in virtual time; all seeds are fixed, so what holds once holds always. */
class LinkTest {

  private static final int PACKETS = 100_000;
  private static final long EVERY = 100_000; // a packet each 100 µs
  private static final Offset<Double> CLOSE = within(0.005);
  private static final long MILLI = 1_000_000;

  private record Arrived(int number, long sent, long at, boolean whole) {
    double delayMillis() {
      return (at - sent) / 1e6;
    }
  }

  /** Sends numbered packets at even times and takes each when it is due. */
  private static List<Arrived> run(Link<Long> link, int packets) {
    var arrived = new ArrayList<Arrived>();
    long origin = -3_000_000_000L; // System.nanoTime may be negative as well
    for (int i = 0; i < packets; i++) {
      long now = origin + i * EVERY;
      take(link, now, arrived);
      link.offer(now, packet(i), now);
    }
    take(link, origin + packets * EVERY + 60_000 * MILLI, arrived);
    return arrived;
  }

  private static void take(Link<Long> link, long now, List<Arrived> arrived) {
    for (var d = link.poll(now); d != null; d = link.poll(now)) {
      int number = ByteBuffer.wrap(d.bytes()).getInt(0);
      boolean whole = number >= 0 && Arrays.equals(d.bytes(), packet(number));
      arrived.add(new Arrived(number, d.tag(), d.dueNanos(), whole));
    }
  }

  private static byte[] packet(int number) {
    return ByteBuffer.allocate(100).putInt(number).putInt(96, ~number).array();
  }

  private static Link<Long> link(Impairments impairments, long seed) {
    return new Link<>(impairments, new SplittableRandom(seed));
  }

  @Test
  void aPerfectLinkDeliversEverythingAtOnceAndInOrder() {
    var arrived = run(link(Impairments.none(), 1), 1000);

    assertThat(arrived).hasSize(1000).allMatch(Arrived::whole).allMatch(a -> a.at() == a.sent());
    assertThat(arrived).extracting(Arrived::number).isSorted();
  }

  @Test
  void sharesAreKept() {
    var link = link(Impairments.awful(), 2);
    var arrived = run(link, PACKETS);
    var times = new HashMap<Long, Integer>();
    arrived.forEach(a -> times.merge(a.sent(), 1, Integer::sum));

    double received = times.size();
    assertThat(1 - received / PACKETS).as("loss").isCloseTo(0.20, CLOSE);
    assertThat(times.values().stream().filter(n -> n == 2).count() / received)
        .as("duplication")
        .isCloseTo(0.05, CLOSE);
    assertThat(arrived.stream().filter(a -> !a.whole()).count() / (double) arrived.size())
        .as("corruption")
        .isCloseTo(0.01, CLOSE);
    var counters = link.counters();
    assertThat(counters.reordered() / received).as("reordering").isCloseTo(0.25, CLOSE);
    assertThat(counters.offered()).isEqualTo(PACKETS);
    assertThat(counters.lost()).isEqualTo(PACKETS - times.size());
    assertThat(counters.delivered()).isEqualTo(arrived.size());
  }

  @Test
  void theDelayWandersAroundItsAverageWithinItsBoundsAndKeepsTheOrder() {
    var delay = Impairments.none().withDelay(Duration.ofMillis(200), Duration.ofMillis(100));
    var arrived = run(link(delay, 3), PACKETS);

    var millis = arrived.stream().mapToDouble(Arrived::delayMillis).summaryStatistics();
    assertThat(millis.getMin()).isBetween(100.0, 150.0);
    assertThat(millis.getMax()).isBetween(250.0, 300.0);
    assertThat(millis.getAverage()).isCloseTo(200, within(20.0));
    assertThat(arrived).extracting(Arrived::number).isSorted();
  }

  @Test
  void theReorderedShareArrivesAfterItsTurnAndNoOther() {
    var reordering =
        Impairments.none()
            .withDelay(Duration.ofMillis(10), Duration.ZERO)
            .withReordering(0.25)
            .withDisplacement(Duration.ofMillis(5));
    var arrived = run(link(reordering, 4), PACKETS);

    assertThat(arrived).hasSize(PACKETS);
    int newest = -1;
    int passed = 0;
    for (var a : arrived) {
      passed += a.number() < newest ? 1 : 0;
      newest = Math.max(newest, a.number());
    }
    var millis = arrived.stream().mapToDouble(Arrived::delayMillis).summaryStatistics();
    assertThat(millis.getMin()).isEqualTo(10);
    assertThat(millis.getMax()).isBetween(14.9, 15.001);
    // Some are behind their turn by less than the distance of two packets, which nobody notices.
    assertThat(passed / (double) PACKETS).isBetween(0.23, 0.25);
    assertThat(arrived.stream().filter(a -> a.delayMillis() == 10).count() / (double) PACKETS)
        .isCloseTo(0.75, CLOSE);
  }

  @Test
  void corruptionFlipsExactlyOneBitAnywhere() {
    var link = link(Impairments.none().withCorruption(1), 5);
    var positions = new HashMap<Integer, Integer>();
    for (int i = 0; i < 20_000; i++) {
      link.offer(0L, new byte[4], 0);
      var delivery = Objects.requireNonNull(link.poll(0));
      int bits = ByteBuffer.wrap(delivery.bytes()).getInt();
      if (Integer.bitCount(bits) != 1) {
        throw new AssertionError(Integer.toBinaryString(bits));
      }
      positions.merge(bits, 1, Integer::sum);
    }
    assertThat(positions).hasSize(32).allSatisfy((_, n) -> assertThat(n).isBetween(500, 750));
    link.offer(0L, new byte[0], 0);
    assertThat(link.poll(0)).isNotNull();
  }

  @Test
  void aBlackoutTakesWhatIsOnItsWayAndWhatComesUntilItIsMended() {
    var link = link(Impairments.none().withDelay(Duration.ofMillis(50), Duration.ZERO), 6);
    link.offer(1L, new byte[1], 0);
    link.blackout(true);
    link.offer(2L, new byte[1], 10 * MILLI);
    assertThat(link.poll(1000 * MILLI)).isNull();
    assertThat(link.nanosToNext(1000 * MILLI)).isEqualTo(-1);
    link.blackout(false);
    link.offer(3L, new byte[1], 2000 * MILLI);
    assertThat(link.nanosToNext(2000 * MILLI)).isEqualTo(50 * MILLI);
    assertThat(link.poll(2050 * MILLI - 1)).isNull();
    var delivery = Objects.requireNonNull(link.poll(2050 * MILLI));
    assertThat(delivery.tag()).isEqualTo(3);
    assertThat(link.counters().blackedOut()).isEqualTo(2);
  }

  @Test
  void aNarrowLinkLetsItsWidthThroughAndOverflowsWithItsQueue() {
    // 100 bytes each 100 µs are 1 MB/s; a quarter of that fits.
    var link = link(Impairments.none().withWidth(250_000, 10_000), 7);
    var arrived = run(link, PACKETS);

    double seconds = PACKETS * EVERY / 1e9;
    assertThat(arrived.size() * 100 / seconds).isCloseTo(250_000, within(2_500.0));
    assertThat(link.counters().overflowed()).isEqualTo(PACKETS - arrived.size());
    assertThat(arrived.stream().mapToDouble(Arrived::delayMillis).max().orElseThrow())
        .as("10 000 bytes take 40 ms")
        .isBetween(35.0, 41.0);
    assertThat(arrived).extracting(Arrived::number).isSorted();
  }

  @Test
  void theSameSeedGivesTheSameFates() {
    assertThat(run(link(Impairments.awful(), 8), 20_000))
        .isEqualTo(run(link(Impairments.awful(), 8), 20_000))
        .isNotEqualTo(run(link(Impairments.awful(), 9), 20_000));
  }

  @Test
  void moreOfOneImpairmentLeavesTheOtherFatesAlone() {
    var some = numbers(run(link(Impairments.none().withLoss(0.1), 10), 20_000));
    var more = numbers(run(link(Impairments.awful().withLoss(0.2).withCorruption(0), 10), 20_000));
    assertThat(some).containsAll(more);
  }

  private static List<Integer> numbers(List<Arrived> arrived) {
    return arrived.stream().map(Arrived::number).distinct().toList();
  }

  @Test
  void impairmentsAreReadAsTheyAreWritten() {
    for (var each :
        List.of(
            Impairments.none(), Impairments.awful(), Impairments.awful().withWidth(1000, 2000))) {
      assertThat(Impairments.parse(each.toString())).isEqualTo(each);
    }
    assertThat(Impairments.parse("loss=0.5")).isEqualTo(Impairments.none().withLoss(0.5));
    assertThat(Impairments.parse("")).isEqualTo(Impairments.none());
    for (var wrong : List.of("loss", "loss=2", "loss=NaN", "speed=1", "delay-ms=1,jitter-ms=2")) {
      assertThatThrownBy(() -> Impairments.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
