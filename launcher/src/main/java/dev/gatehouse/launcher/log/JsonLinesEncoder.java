package dev.gatehouse.launcher.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Set;

/**
 * JSON Lines: {@code time} (RFC 3339, nanoseconds, {@code Z}), {@code severity}, {@code message},
 * then the event's own fields, then {@code logger}, {@code thread} and {@code exception}.
 */
final class JsonLinesEncoder extends LineEncoder {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);
  private static final Set<String> OWN =
      Set.of("time", "severity", "message", "logger", "thread", "exception");

  private final Map<String, String> facts;

  /** Begins with no line of its own. */
  JsonLinesEncoder() {
    this(Map.of());
  }

  /** Begins each file with a line of these facts, unless there are none. */
  JsonLinesEncoder(Map<String, String> facts) {
    this.facts = facts;
  }

  @Override
  public byte[] headerBytes() {
    if (facts.isEmpty()) {
      return super.headerBytes();
    }
    var out = new StringBuilder(300).append("{\"time\":\"");
    TIME.formatTo(Instant.now(), out);
    out.append("\",\"severity\":\"INFO\",\"message\":\"log file begins\"");
    facts.forEach((key, value) -> field(out, key, value));
    return out.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  void line(StringBuilder out, ILoggingEvent event) {
    out.append("{\"time\":\"");
    TIME.formatTo(event.getInstant(), out);
    out.append("\",\"severity\":\"").append(severity(event.getLevel()));
    out.append("\",\"message\":");
    Json.text(out, String.valueOf(event.getFormattedMessage()));
    var pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (var pair : pairs) {
        out.append(',');
        Json.text(out, OWN.contains(pair.key) ? pair.key + "_" : pair.key);
        out.append(':');
        Json.value(out, pair.value);
      }
    }
    field(out, "logger", event.getLoggerName());
    field(out, "thread", event.getThreadName());
    var thrown = event.getThrowableProxy();
    if (thrown != null) {
      field(out, "exception", ThrowableProxyUtil.asString(thrown).stripTrailing());
    }
    out.append('}');
  }

  private static void field(StringBuilder out, String key, String value) {
    out.append(",\"").append(key).append("\":");
    Json.text(out, value);
  }

  static String severity(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> "ERROR";
      case Level.WARN_INT -> "WARNING";
      case Level.INFO_INT -> "INFO";
      default -> "DEBUG";
    };
  }
}
