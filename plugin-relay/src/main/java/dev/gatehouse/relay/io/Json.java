package dev.gatehouse.relay.io;

import java.util.List;
import java.util.Map;

/** Writes JSON: texts, numbers, flags, lists, and maps with texts as keys. */
final class Json {

  private Json() {}

  static String of(Map<String, ?> object) {
    var out = new StringBuilder();
    value(out, object);
    return out.toString();
  }

  private static void value(StringBuilder out, Object value) {
    switch (value) {
      case Map<?, ?> map -> {
        char separator = '{';
        for (var entry : map.entrySet()) {
          out.append(separator);
          text(out, entry.getKey().toString());
          out.append(':');
          value(out, entry.getValue());
          separator = ',';
        }
        out.append(map.isEmpty() ? "{}" : "}");
      }
      case List<?> list -> {
        char separator = '[';
        for (var element : list) {
          out.append(separator);
          value(out, element);
          separator = ',';
        }
        out.append(list.isEmpty() ? "[]" : "]");
      }
      case Number number -> out.append(number);
      case Boolean flag -> out.append(flag);
      default -> text(out, value.toString());
    }
  }

  private static void text(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
