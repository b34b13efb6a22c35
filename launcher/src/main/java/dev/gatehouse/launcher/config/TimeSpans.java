package dev.gatehouse.launcher.config;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Time spans as people write them: a whole number and one unit. */
public final class TimeSpans {

  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h|d)");

  private TimeSpans() {}

  /** Reads {@code 250ms}, {@code 30s}, {@code 15m}, {@code 8h} or {@code 7d}. */
  public static Optional<Duration> parse(String text) {
    var match = FORM.matcher(text);
    if (!match.matches()) {
      return Optional.empty();
    }
    long amount = Long.parseLong(match.group(1));
    return Optional.of(
        switch (match.group(2)) {
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          case "m" -> Duration.ofMinutes(amount);
          case "h" -> Duration.ofHours(amount);
          default -> Duration.ofDays(amount);
        });
  }

  /** Writes a time span in the largest unit that needs no fraction; rounds to milliseconds. */
  public static String format(Duration span) {
    long millis = span.toMillis();
    if (millis == 0 || millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds % 86_400 == 0) {
      return seconds / 86_400 + "d";
    }
    if (seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
  }
}
