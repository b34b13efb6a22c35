package dev.gatehouse.admin.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;

/** Time spans and moments as people write them. */
public final class Spans {

  private static final Pattern PART = Pattern.compile("([0-9]{1,9})(s|m|h|d)");
  private static final Pattern WHOLE = Pattern.compile("([0-9]{1,9}[smhd]){1,4}");
  private static final Duration LONGEST = Duration.ofDays(36_525);

  private Spans() {}

  /**
   * Reads {@code 90s}, {@code 15m}, {@code 8h}, {@code 7d} or a sum such as {@code 1h30m}.
   *
   * @throws GatehouseException if the text is none of these, zero, or longer than a century
   */
  public static Duration parseSpan(String text) {
    var span = Duration.ZERO;
    if (WHOLE.matcher(text).matches()) {
      var parts = PART.matcher(text);
      while (parts.find()) {
        long amount = Long.parseLong(parts.group(1));
        span =
            span.plus(
                switch (parts.group(2)) {
                  case "s" -> Duration.ofSeconds(amount);
                  case "m" -> Duration.ofMinutes(amount);
                  case "h" -> Duration.ofHours(amount);
                  default -> Duration.ofDays(amount);
                });
      }
    }
    if (span.isZero() || span.compareTo(LONGEST) > 0) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The text is not a usable time span.",
          "Write 90s, 15m, 8h, 7d or a sum such as 1h30m, up to 100 years.");
    }
    return span;
  }

  /**
   * Reads a moment of RFC 3339.
   *
   * @throws GatehouseException if the text is none, or lies beyond the year 9999
   */
  public static Instant parseMoment(String text) {
    try {
      var moment = OffsetDateTime.parse(text);
      if (moment.getYear() >= 1970 && moment.getYear() <= 9999) {
        return moment.toInstant();
      }
    } catch (DateTimeParseException e) {
      // falls through to the one message for every text that is no moment
    }
    throw new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "The text is not a moment.",
        "Write it with its time zone, for example 2030-01-31T18:00:00Z.");
  }
}
