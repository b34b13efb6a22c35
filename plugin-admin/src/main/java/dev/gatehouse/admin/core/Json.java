package dev.gatehouse.admin.core;

import dev.gatehouse.admin.AdminErrorCode;
import dev.gatehouse.api.GatehouseException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON as maps, lists, texts, numbers and booleans. Objects keep the order of their keys; {@code
 * null} means the same as an absent key.
 */
public final class Json {

  /** Deeper bodies are refused, deeper answers cut. */
  static final int MAX_DEPTH = 16;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(40)
                  .build())
          .build();

  private Json() {}

  /**
   * Reads one JSON object.
   *
   * @throws GatehouseException if the bytes are anything else; the message repeats none of them
   */
  public static Map<String, Object> parseObject(byte[] utf8) {
    try (var parser = FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw malformed("it is not a JSON object", null);
      }
      var object = readObject(parser);
      if (parser.nextToken() != null) {
        throw malformed("something follows the JSON object", null);
      }
      return object;
    } catch (JacksonException e) {
      var at = e.getLocation();
      var where =
          at == null
              ? "it is not valid JSON"
              : "it is not valid JSON at line " + at.getLineNr() + ", column " + at.getColumnNr();
      throw malformed(where, e);
    }
  }

  /** Writes a map with its values; what JSON does not know becomes a text. */
  public static byte[] write(Map<String, ?> object) {
    var out = new ByteArrayOutputStream(512);
    try (var generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
      writeValue(generator, object, 0);
    }
    out.write('\n');
    return out.toByteArray();
  }

  private static GatehouseException malformed(String why, @Nullable Throwable cause) {
    return new GatehouseException(
        AdminErrorCode.MALFORMED_JSON,
        "The body of the request cannot be read: " + why + ".",
        "Send one JSON object, for example {\"id\": \"alice\"}.",
        cause);
  }

  private static Map<String, Object> readObject(JsonParser parser) {
    var object = new LinkedHashMap<String, Object>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      var key = parser.currentName();
      parser.nextToken();
      var value = readValue(parser);
      if (value != null) {
        object.put(key, value);
      }
    }
    return object;
  }

  private static @Nullable Object readValue(JsonParser parser) {
    return switch (parser.currentToken()) {
      case START_OBJECT -> readObject(parser);
      case START_ARRAY -> {
        var list = new ArrayList<Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          var value = readValue(parser);
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

  private static void writeValue(JsonGenerator generator, @Nullable Object value, int depth) {
    switch (value) {
      case Map<?, ?> map when depth < MAX_DEPTH -> {
        generator.writeStartObject();
        map.forEach((key, item) -> {
          generator.writeName(String.valueOf(key));
          writeValue(generator, item, depth + 1);
        });
        generator.writeEndObject();
      }
      case List<?> list when depth < MAX_DEPTH -> {
        generator.writeStartArray();
        list.forEach(item -> writeValue(generator, item, depth + 1));
        generator.writeEndArray();
      }
      case Boolean flag -> generator.writeBoolean(flag);
      case Integer number -> generator.writeNumber(number);
      case Long number -> generator.writeNumber(number);
      case Double number when Double.isFinite(number) -> generator.writeNumber(number);
      case null -> generator.writeNull();
      case Map<?, ?> _ -> generator.writeString("…");
      case List<?> _ -> generator.writeString("…");
      default -> generator.writeString(value.toString());
    }
  }
}
