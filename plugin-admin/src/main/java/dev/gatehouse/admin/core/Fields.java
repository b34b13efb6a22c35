package dev.gatehouse.admin.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The fields of a JSON object, read one by one. A field nobody reads is a mistake of the sender.
 */
public final class Fields {

  private static final int MAX_LIST = 1000;

  private final Map<String, Object> object;
  private final TreeSet<String> known = new TreeSet<>();

  /** Reads from this object. */
  public Fields(Map<String, Object> object) {
    this.object = object;
  }

  /** Whether there is such a field. */
  public boolean has(String key) {
    known.add(key);
    return object.containsKey(key);
  }

  /** A text that may be missing. */
  public Optional<String> text(String key) {
    known.add(key);
    return Optional.ofNullable(object.get(key))
        .map(value -> {
          if (value instanceof String text) {
            return text;
          }
          throw invalid(key, "is not a text", "Give \"" + key + "\" as a text in quotes.");
        });
  }

  /** A text that may be missing, turned into a value. */
  public <T> Optional<T> value(String key, Function<String, T> parser) {
    return text(key).map(parser);
  }

  /** A text that must be there, turned into a value. */
  public <T> T required(String key, Function<String, T> parser) {
    return value(key, parser)
        .orElseThrow(() -> invalid(key, "is missing", "Add \"" + key + "\" to the request."));
  }

  /** A list of texts, empty if missing. */
  public <T> List<T> list(String key, Function<String, T> parser) {
    known.add(key);
    var value = object.get(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> items)
        || items.size() > MAX_LIST
        || !items.stream().allMatch(String.class::isInstance)) {
      throw invalid(
          key,
          "is not a list of texts",
          "Give \"" + key + "\" as a list of at most " + MAX_LIST + " texts.");
    }
    return items.stream().map(String.class::cast).map(parser).toList();
  }

  /**
   * To be called when everything was read.
   *
   * @throws GatehouseException if there is a field that was not asked for
   */
  public void finish() {
    for (var key : object.keySet()) {
      if (!known.contains(key)) {
        throw invalid(
            printable(key),
            "is not known here",
            "Remove it; known are: " + String.join(", ", known) + ".");
      }
    }
  }

  private static GatehouseException invalid(String key, String what, String fix) {
    return new GatehouseException(
        StandardErrorCode.REQUEST_INVALID, "The field '" + key + "' " + what + ".", fix);
  }

  private static String printable(String key) {
    var clean = key.replaceAll("\\p{Cntrl}", "?");
    return clean.length() <= 40 ? clean : clean.substring(0, 40) + "…";
  }
}
