package dev.gatehouse.testkit.link;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * What is wrong with a link, in one direction. Shares are of the packets, 0 to 1.
 *
 * @param loss the share that never arrives
 * @param duplication the share that arrives twice
 * @param reordering the share that loses its place: it arrives later than its turn, and those
 *     behind it pass
 * @param corruption the share of which one bit is flipped
 * @param delay how long packets take on average
 * @param jitter how far the delay wanders up and down, at most {@code delay}; it wanders as a queue
 *     grows and shrinks, so by itself it lets no packet pass another
 * @param displacement how much later than its turn a reordered packet arrives at most
 * @param bytesPerSecond how much fits through, 0 for any amount
 * @param queueBytes how much may wait for a narrow link; what comes on top is lost
 * @since 0.1.0
 */
public record Impairments(
    double loss,
    double duplication,
    double reordering,
    double corruption,
    Duration delay,
    Duration jitter,
    Duration displacement,
    long bytesPerSecond,
    int queueBytes) {

  private static final int USUAL_QUEUE = 256 * 1024;
  private static final Duration USUAL_DISPLACEMENT = Duration.ofMillis(20);

  /** Refuses what no link can be. */
  public Impairments {
    share("loss", loss);
    share("duplication", duplication);
    share("reordering", reordering);
    share("corruption", corruption);
    if (delay.isNegative() || jitter.isNegative() || jitter.compareTo(delay) > 0) {
      throw new IllegalArgumentException(
          "a delay of " + delay + " ± " + jitter + " is not possible");
    }
    if (displacement.isNegative() || bytesPerSecond < 0 || queueBytes < 0) {
      throw new IllegalArgumentException("displacement, width and queue cannot be negative");
    }
  }

  private static void share(String name, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(name + " is a share from 0 to 1, not " + share);
    }
  }

  /** A perfect link: everything arrives at once, in order and whole. */
  public static Impairments none() {
    return new Impairments(
        0, 0, 0, 0, Duration.ZERO, Duration.ZERO, USUAL_DISPLACEMENT, 0, USUAL_QUEUE);
  }

  /**
   * A link nobody should have to use: 20 % loss, 200 ms ± 100 ms delay, 5 % duplication, 25 %
   * reordering, 1 % corruption.
   */
  public static Impairments awful() {
    return none()
        .withLoss(0.20)
        .withDelay(Duration.ofMillis(200), Duration.ofMillis(100))
        .withDuplication(0.05)
        .withReordering(0.25)
        .withCorruption(0.01);
  }

  /** The same with another share of lost packets. */
  public Impairments withLoss(double share) {
    return new Impairments(
        share,
        duplication,
        reordering,
        corruption,
        delay,
        jitter,
        displacement,
        bytesPerSecond,
        queueBytes);
  }

  /** The same with another share of packets that arrive twice. */
  public Impairments withDuplication(double share) {
    return new Impairments(
        loss,
        share,
        reordering,
        corruption,
        delay,
        jitter,
        displacement,
        bytesPerSecond,
        queueBytes);
  }

  /** The same with another share of packets that lose their place. */
  public Impairments withReordering(double share) {
    return new Impairments(
        loss,
        duplication,
        share,
        corruption,
        delay,
        jitter,
        displacement,
        bytesPerSecond,
        queueBytes);
  }

  /** The same, where a reordered packet arrives at most so much later than its turn. */
  public Impairments withDisplacement(Duration atMost) {
    return new Impairments(
        loss,
        duplication,
        reordering,
        corruption,
        delay,
        jitter,
        atMost,
        bytesPerSecond,
        queueBytes);
  }

  /** The same with another share of damaged packets. */
  public Impairments withCorruption(double share) {
    return new Impairments(
        loss,
        duplication,
        reordering,
        share,
        delay,
        jitter,
        displacement,
        bytesPerSecond,
        queueBytes);
  }

  /** The same with another delay. */
  public Impairments withDelay(Duration average, Duration wanderingBy) {
    return new Impairments(
        loss,
        duplication,
        reordering,
        corruption,
        average,
        wanderingBy,
        displacement,
        bytesPerSecond,
        queueBytes);
  }

  /** The same, letting only so much through, with so much room for what has to wait. */
  public Impairments withWidth(long bytes, int queue) {
    return new Impairments(
        loss, duplication, reordering, corruption, delay, jitter, displacement, bytes, queue);
  }

  /**
   * Reads what {@link #toString} writes. What is not mentioned is as in {@link #none}.
   *
   * @throws IllegalArgumentException for anything else
   */
  public static Impairments parse(String text) {
    var given = new LinkedHashMap<String, String>();
    for (var pair : text.isBlank() ? new String[0] : text.strip().split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 0 || given.put(pair.substring(0, equals), pair.substring(equals + 1)) != null) {
        throw new IllegalArgumentException("'" + pair + "' is not a new key=value");
      }
    }
    var none = none();
    var read =
        new Impairments(
            Double.parseDouble(take(given, "loss", "0")),
            Double.parseDouble(take(given, "duplication", "0")),
            Double.parseDouble(take(given, "reordering", "0")),
            Double.parseDouble(take(given, "corruption", "0")),
            millis(take(given, "delay-ms", "0")),
            millis(take(given, "jitter-ms", "0")),
            millis(take(given, "displacement-ms", "" + none.displacement().toMillis())),
            Long.parseLong(take(given, "bytes-per-second", "0")),
            Integer.parseInt(take(given, "queue-bytes", "" + none.queueBytes())));
    if (!given.isEmpty()) {
      throw new IllegalArgumentException("impairments are not called " + given.keySet());
    }
    return read;
  }

  private static String take(Map<String, String> given, String key, String otherwise) {
    var value = given.remove(key);
    return value == null ? otherwise : value;
  }

  private static Duration millis(String text) {
    return Duration.ofNanos(Math.round(Double.parseDouble(text) * 1e6));
  }

  /** As {@link #parse} reads it, for command lines and logs. */
  @Override
  public String toString() {
    return new StringJoiner(",")
        .add("loss=" + loss)
        .add("duplication=" + duplication)
        .add("reordering=" + reordering)
        .add("corruption=" + corruption)
        .add("delay-ms=" + inMillis(delay))
        .add("jitter-ms=" + inMillis(jitter))
        .add("displacement-ms=" + inMillis(displacement))
        .add("bytes-per-second=" + bytesPerSecond)
        .add("queue-bytes=" + queueBytes)
        .toString();
  }

  private static String inMillis(Duration duration) {
    return String.format(Locale.ROOT, "%.6f", duration.toNanos() / 1e6);
  }
}
