package dev.gatehouse.admin.io;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** As much of JSON Schema as the API's description uses, stricter: no field may be undescribed. */
final class Schemas {

  private final Map<String, Object> document;

  Schemas(Map<String, Object> document) {
    this.document = document;
  }

  /** What is wrong with a value, one line each. */
  List<String> problems(Map<String, Object> schema, @Nullable Object value) {
    var problems = new ArrayList<String>();
    check("", schema, value, problems);
    return problems;
  }

  private void check(
      String where, Map<String, Object> schema, @Nullable Object value, List<String> problems) {
    if (schema.get("$ref") instanceof String ref) {
      check(where, resolve(ref), value, problems);
      return;
    }
    switch (String.valueOf(schema.get("type"))) {
      case "object" -> {
        if (value instanceof Map<?, ?> map) {
          checkObject(where, schema, map, problems);
        } else {
          problems.add(where + " is no object");
        }
      }
      case "array" -> {
        if (value instanceof List<?> list) {
          list.forEach(item -> check(where + "[]", object(schema, "items"), item, problems));
        } else {
          problems.add(where + " is no array");
        }
      }
      case "string" -> {
        if (value instanceof String text) {
          checkText(where, schema, text, problems);
        } else {
          problems.add(where + " is no string");
        }
      }
      case "integer" -> {
        if (!(value instanceof Integer) && !(value instanceof Long)) {
          problems.add(where + " is no integer");
        }
      }
      case "boolean" -> {
        if (!(value instanceof Boolean)) {
          problems.add(where + " is no boolean");
        }
      }
      default -> problems.add(where + " has a schema without type");
    }
  }

  private void checkObject(
      String where, Map<String, Object> schema, Map<?, ?> map, List<String> problems) {
    if (!schema.containsKey("properties")) {
      return;
    }
    var properties = object(schema, "properties");
    for (var entry : map.entrySet()) {
      var name = String.valueOf(entry.getKey());
      if (properties.containsKey(name)) {
        check(where + "." + name, object(properties, name), entry.getValue(), problems);
      } else {
        problems.add(where + "." + name + " is not described");
      }
    }
    if (schema.get("required") instanceof List<?> required) {
      for (var name : required) {
        if (!map.containsKey(name)) {
          problems.add(where + "." + name + " is missing");
        }
      }
    }
  }

  private static void checkText(
      String where, Map<String, Object> schema, String text, List<String> problems) {
    if (schema.get("enum") instanceof List<?> values && !values.contains(text)) {
      problems.add(where + " is none of " + values);
    }
    if (schema.get("pattern") instanceof String pattern && !text.matches(pattern)) {
      problems.add(where + " does not match " + pattern);
    }
    if ("date-time".equals(schema.get("format"))) {
      Instant.parse(text);
    }
  }

  private Map<String, Object> resolve(String ref) {
    var at = document;
    for (var part : ref.substring(2).split("/", -1)) {
      at = object(at, part);
    }
    return at;
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> object(Map<String, Object> parent, String key) {
    return (Map<String, Object>)
        Objects.requireNonNull(parent.get(key), () -> "no '" + key + "' in " + parent.keySet());
  }
}
