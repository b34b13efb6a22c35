package dev.gatehouse.launcher.log;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes JSON on one line. */
public final class Json {

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private Json() {}

  /** Appends a value: numbers, booleans, lists, maps and null as such, everything else as text. */
  public static void value(StringBuilder out, @Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case Double number when !Double.isFinite(number) -> text(out, number.toString());
      case Float number when !Float.isFinite(number) -> text(out, number.toString());
      case Number _, Boolean _ -> out.append(value);
      case List<?> list -> {
        out.append('[');
        for (int i = 0; i < list.size(); i++) {
          if (i > 0) {
            out.append(',');
          }
          value(out, list.get(i));
        }
        out.append(']');
      }
      case Map<?, ?> map -> {
        out.append('{');
        var separator = "";
        for (var entry : map.entrySet()) {
          out.append(separator);
          text(out, String.valueOf(entry.getKey()));
          out.append(':');
          value(out, entry.getValue());
          separator = ",";
        }
        out.append('}');
      }
      default -> text(out, value.toString());
    }
  }

  /** Appends a text with quotes. */
  public static void text(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' '
              || (c >= 0x7f && c <= 0x9f)
              || (Character.isSurrogate(c) && isAlone(text, i))) {
            out.append("\\u")
                .append(HEX[c >> 12])
                .append(HEX[c >> 8 & 15])
                .append(HEX[c >> 4 & 15])
                .append(HEX[c & 15]);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isAlone(String text, int index) {
    char c = text.charAt(index);
    return Character.isHighSurrogate(c)
        ? index + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(index + 1))
        : index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
  }
}
