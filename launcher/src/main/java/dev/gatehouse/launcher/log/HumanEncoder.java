package dev.gatehouse.launcher.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * One line per event for people: local time, severity, message, fields. An exception is its last
 * field; its stack is shown only where DEBUG messages are.
 */
final class HumanEncoder extends LineEncoder {

  private final DateTimeFormatter time =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());
  private final boolean stacks;

  /**
   * Creates an encoder.
   *
   * @param stacks whether stack traces are shown
   */
  HumanEncoder(boolean stacks) {
    this.stacks = stacks;
  }

  @Override
  void line(StringBuilder out, ILoggingEvent event) {
    time.formatTo(event.getInstant(), out);
    out.append(' ').append(severity(event.getLevel())).append(' ');
    clean(out, String.valueOf(event.getFormattedMessage()));
    var pairs = event.getKeyValuePairs();
    if (pairs != null) {
      for (var pair : pairs) {
        field(out, pair.key, String.valueOf(pair.value));
      }
    }
    var thrown = event.getThrowableProxy();
    if (thrown != null) {
      field(out, "cause", summary(thrown));
      if (stacks) {
        out.append('\n').append(ThrowableProxyUtil.asString(thrown).stripTrailing());
      }
    }
  }

  private static String severity(Level level) {
    return switch (level.toInt()) {
      case Level.ERROR_INT -> "ERROR  ";
      case Level.WARN_INT -> "WARNING";
      case Level.INFO_INT -> "INFO   ";
      case Level.DEBUG_INT -> "DEBUG  ";
      default -> "TRACE  ";
    };
  }

  private static String summary(IThrowableProxy thrown) {
    var name = thrown.getClassName();
    var simple = name.substring(name.lastIndexOf('.') + 1);
    return thrown.getMessage() == null ? simple : simple + ": " + thrown.getMessage();
  }

  private static void field(StringBuilder out, String key, String value) {
    out.append(' ');
    clean(out, key);
    out.append('=');
    if (value.isEmpty() || value.chars().anyMatch(c -> c <= ' ' || c == '"' || c == '=')) {
      out.append('"');
      clean(out, value.replace("\"", "\\\""));
      out.append('"');
    } else {
      clean(out, value);
    }
  }

  /** Nothing a message holds may start a new line or steer the terminal. */
  private static void clean(StringBuilder out, String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c == '\n' || c == '\t' ? ' ' : Character.isISOControl(c) ? '?' : c);
    }
  }
}
