package dev.gatehouse.admin.core;

import java.util.Locale;
import java.util.Map;

/**
 * Metrics in the text format of Prometheus, version 0.0.4. How many series there can be is bounded
 * by the caller; label values are cut to 100 characters.
 */
public final class Exposition {

  /** The media type of the format. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final int MAX_LABEL = 100;

  private final StringBuilder text = new StringBuilder(2048);
  private int omitted;

  /** Begins an empty text. */
  public Exposition() {}

  /**
   * Begins a metric.
   *
   * @param type {@code counter}, {@code gauge}, {@code histogram} or {@code untyped}
   */
  public Exposition metric(String name, String type, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    return this;
  }

  /** One sample of the metric begun last. */
  public Exposition sample(String name, Map<String, String> labels, Number value) {
    text.append(name);
    if (!labels.isEmpty()) {
      var separator = '{';
      for (var label : labels.entrySet()) {
        text.append(separator).append(label.getKey()).append("=\"");
        appendEscaped(label.getValue());
        text.append('"');
        separator = ',';
      }
      text.append('}');
    }
    text.append(' ').append(number(value)).append('\n');
    return this;
  }

  /** Notes that a sample was left out because there are too many. */
  public void omit() {
    omitted++;
  }

  /** How many were left out so far. */
  public int omitted() {
    return omitted;
  }

  @Override
  public String toString() {
    return text.toString();
  }

  private void appendEscaped(String value) {
    for (int i = 0; i < Math.min(value.length(), MAX_LABEL); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '"' -> text.append("\\\"");
        case '\n' -> text.append("\\n");
        default -> text.append(c);
      }
    }
  }

  private static String number(Number value) {
    return value instanceof Double || value instanceof Float
        ? String.format(Locale.ROOT, "%.6f", value.doubleValue())
        : Long.toString(value.longValue());
  }
}
