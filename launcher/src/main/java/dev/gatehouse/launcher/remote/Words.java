package dev.gatehouse.launcher.remote;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/** Figures as people read them. */
final class Words {

  private Words() {}

  /** The two largest units of a time span: {@code 3d 4h}, {@code 5m 12s}, {@code 0s}. */
  static String span(Duration span) {
    long seconds = Math.max(0, span.toSeconds());
    if (seconds >= 86_400) {
      return seconds / 86_400 + "d " + seconds % 86_400 / 3600 + "h";
    }
    if (seconds >= 3600) {
      return seconds / 3600 + "h " + seconds % 3600 / 60 + "m";
    }
    return seconds >= 60 ? seconds / 60 + "m " + seconds % 60 + "s" : seconds + "s";
  }

  /** A number of bytes with three digits at least: {@code 512 B}, {@code 1.44 MiB}. */
  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < 5) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.2f %siB", value, "KMGTPE".charAt(unit));
  }

  /** How long ago a moment is; a dash if there is none. */
  static String ago(String moment, Instant now) {
    try {
      return moment.isEmpty() ? "-" : span(Duration.between(Instant.parse(moment), now)) + " ago";
    } catch (DateTimeException e) {
      return moment;
    }
  }

  /** How much is left until a moment: {@code in 7h 59m}; {@code until revoked} if there is none. */
  static String left(String moment, Instant now) {
    try {
      if (moment.isEmpty()) {
        return "until revoked";
      }
      var left = Duration.between(now, Instant.parse(moment));
      return left.isPositive() ? "in " + span(left) : "expired";
    } catch (DateTimeException e) {
      return moment;
    }
  }

  /** A moment without fractions of a second; the text itself if it is none. */
  static String moment(String moment) {
    try {
      return Instant.parse(moment).truncatedTo(ChronoUnit.SECONDS).toString();
    } catch (DateTimeException e) {
      return moment;
    }
  }

  /** Items joined by commas; a dash if there are none. */
  static String list(List<String> items) {
    return items.isEmpty() ? "-" : String.join(", ", items);
  }
}
