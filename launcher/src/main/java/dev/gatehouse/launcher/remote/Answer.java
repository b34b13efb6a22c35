package dev.gatehouse.launcher.remote;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * A JSON object from the gateway. What is missing reads as empty, so that a newer or older gateway
 * is still understood as far as possible.
 *
 * @param fields the fields, in order
 */
public record Answer(Map<String, Object> fields) {

  /** Reads an object; empty if the bytes are none. */
  public static Optional<Answer> parse(byte[] utf8) {
    try (var parser = new JsonFactory().createParser(ObjectReadContext.empty(), utf8)) {
      return parser.nextToken() == JsonToken.START_OBJECT
          ? Optional.of(new Answer(object(parser)))
          : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /** A text as part of an address. */
  public static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A field as text; empty text if it is missing. */
  public String text(String key) {
    return optional(key).orElse("");
  }

  /** A field as text. */
  public Optional<String> optional(String key) {
    return Optional.ofNullable(fields.get(key)).map(Object::toString);
  }

  /** A field as number; 0 if it is missing. */
  public long number(String key) {
    return fields.get(key) instanceof Number number ? number.longValue() : 0;
  }

  /** A field as flag; false if it is missing. */
  public boolean flag(String key) {
    return Boolean.TRUE.equals(fields.get(key));
  }

  /** A field as list of texts; empty if it is missing. */
  public List<String> texts(String key) {
    return fields.get(key) instanceof List<?> list
        ? list.stream().map(String::valueOf).toList()
        : List.of();
  }

  /** A field as object; an empty one if it is missing. */
  public Answer object(String key) {
    return of(fields.get(key));
  }

  /** A field as list of objects; empty if it is missing. */
  public List<Answer> objects(String key) {
    return fields.get(key) instanceof List<?> list
        ? list.stream().map(Answer::of).toList()
        : List.of();
  }

  private static Answer of(@Nullable Object value) {
    var fields = new LinkedHashMap<String, Object>();
    if (value instanceof Map<?, ?> map) {
      for (var entry : map.entrySet()) {
        fields.put(String.valueOf(entry.getKey()), entry.getValue());
      }
    }
    return new Answer(fields);
  }

  private static Map<String, Object> object(JsonParser parser) {
    var object = new LinkedHashMap<String, Object>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      parser.nextToken();
      var value = value(parser);
      if (value != null) {
        object.put(key, value);
      }
    }
    return object;
  }

  private static @Nullable Object value(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> {
        var list = new ArrayList<Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          var value = value(parser);
          if (value != null) {
            list.add(value);
          }
        }
        yield list;
      }
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }
}
