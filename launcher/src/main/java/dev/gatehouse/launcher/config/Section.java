package dev.gatehouse.launcher.config;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.config.ConfigReader;
import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One table of the configuration file. Remembers which keys were asked for, so that {@link
 * #finish()} can tell about the others.
 */
public final class Section implements ConfigReader {

  private final String name;
  private final Map<String, ?> values;
  private final Path baseDirectory;
  private final List<Problem> problems;
  private final Map<String, KeyDescription> asked = new LinkedHashMap<>();

  /**
   * A section.
   *
   * @param name its name, empty for the keys above the first section
   * @param values what the file holds, as the TOML parser gave it
   * @param baseDirectory what relative paths are relative to
   * @param problems where problems go
   */
  public Section(String name, Map<String, ?> values, Path baseDirectory, List<Problem> problems) {
    this.name = name;
    this.values = values;
    this.baseDirectory = baseDirectory;
    this.problems = problems;
  }

  /** A section that holds nothing, to find out which keys there are. */
  public static Section empty(String name) {
    return new Section(name, Map.of(), Path.of(""), new ArrayList<>());
  }

  /** The keys asked for so far. */
  public List<KeyDescription> described() {
    return List.copyOf(asked.values());
  }

  /** Reports every key nobody asked for. */
  public void finish() {
    for (var key : values.keySet()) {
      if (!asked.containsKey(key)) {
        problem(key, unknown(key));
      }
    }
  }

  private String unknown(String key) {
    var nearest = Nearest.to(key, asked.keySet());
    if (nearest.isPresent()) {
      return "this key is not known; did you mean '" + nearest.get() + "'?";
    }
    return asked.isEmpty()
        ? "this key is not known; the section takes none."
        : "this key is not known; the section takes " + String.join(", ", asked.keySet()) + ".";
  }

  @Override
  public Key<String> text(String key) {
    return new Value<>(this, key, "text", Section::asText);
  }

  @Override
  public NumberKey integer(String key) {
    return new NumberValue(this, key);
  }

  @Override
  public Key<Boolean> flag(String key) {
    return new Value<>(
        this,
        key,
        "true or false",
        raw -> {
          if (raw instanceof Boolean flag) {
            return flag;
          }
          if (raw instanceof Word(var text) && text.matches("true|false")) {
            return Boolean.valueOf(text);
          }
          throw new Refused("must be true or false, without quotes, not " + shown(raw) + ".");
        });
  }

  @Override
  public Key<Duration> duration(String key) {
    return new Value<>(
        this,
        key,
        "time span",
        raw ->
            TimeSpans.parse(spoken(raw).orElse(""))
                .orElseThrow(() ->
                    new Refused(
                        "must be a time span such as \"250ms\", \"30s\", \"15m\", \"8h\" or"
                            + " \"7d\", not "
                            + shown(raw)
                            + ".")));
  }

  @Override
  public Key<Path> path(String key) {
    return new Value<>(
        this,
        key,
        "path",
        raw -> {
          var text = asText(raw);
          if (text.isEmpty()) {
            throw new Refused("must name a file or directory, but is empty.");
          }
          try {
            return baseDirectory.resolve(text).normalize();
          } catch (InvalidPathException e) {
            throw new Refused("must be a path of this system, not " + shown(raw) + ".");
          }
        });
  }

  @Override
  public <T> Key<T> parsed(String key, String type, Function<String, T> parser) {
    return new Value<>(this, key, type, raw -> parse(raw, type, parser));
  }

  @Override
  public <T> Key<List<T>> parsedList(String key, String type, Function<String, T> parser) {
    return new Value<>(
        this,
        key,
        "list of " + type,
        raw -> {
          var parsed = new ArrayList<T>();
          for (var element : elements(raw)) {
            parsed.add(parse(element, type, parser));
          }
          return List.copyOf(parsed);
        });
  }

  @Override
  public void problem(String key, String sentence) {
    problems.add(new Problem(fullName(key), sentence));
  }

  boolean holds(String key) {
    return values.containsKey(key);
  }

  Object raw(String key) {
    var raw = values.get(key);
    return raw == null ? "" : raw;
  }

  void describe(KeyDescription description) {
    asked.put(description.key(), description);
  }

  private String fullName(String key) {
    return name.isEmpty() ? key : key.isEmpty() ? name : name + "." + key;
  }

  private static <T> T parse(Object raw, String type, Function<String, T> parser) {
    var text = spoken(raw);
    if (text.isEmpty()) {
      throw new Refused("must be " + withArticle(type) + " in quotes, not " + shown(raw) + ".");
    }
    try {
      return parser.apply(text.get());
    } catch (Refused e) {
      throw e;
    } catch (GatehouseException e) {
      throw new Refused(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      throw new Refused("must be " + withArticle(type) + ", not " + shown(raw) + ".");
    }
  }

  private static String asText(Object raw) {
    return spoken(raw)
        .orElseThrow(() -> new Refused("must be a text in quotes, not " + shown(raw) + "."));
  }

  private static Optional<String> spoken(Object raw) {
    return switch (raw) {
      case String text -> Optional.of(text);
      case Word(var text) -> Optional.of(text);
      default -> Optional.empty();
    };
  }

  private static List<?> elements(Object raw) {
    return switch (raw) {
      case List<?> elements -> elements;
      case Word(var text) -> text.isBlank() ? List.of() : List.of(text.strip().split("\\s*,\\s*"));
      default -> throw new Refused("must be a list in brackets, not " + shown(raw) + ".");
    };
  }

  static int asInteger(Object raw) {
    return switch (raw) {
      case Integer number -> number;
      case Word(var text) when text.matches("-?[0-9]{1,9}") -> Integer.parseInt(text);
      case Long _, BigInteger _ -> throw new Refused("is too large a number.");
      default ->
          throw new Refused("must be a whole number without quotes, not " + shown(raw) + ".");
    };
  }

  static String withArticle(String type) {
    return ("aeiou".indexOf(type.charAt(0)) >= 0 ? "an " : "a ") + type;
  }

  /** A value as a message repeats it: short, on one line. */
  static String shown(Object raw) {
    return switch (raw) {
      case String text -> '"' + shortened(text) + '"';
      case Word(var text) -> '"' + shortened(text) + '"';
      case Map<?, ?> _ -> "a table";
      case List<?> _ -> "a list";
      default -> shortened(String.valueOf(raw));
    };
  }

  private static String shortened(String text) {
    var clean = text.replaceAll("\\p{Cntrl}", "?");
    return clean.length() <= 60 ? clean : clean.substring(0, 60) + "…";
  }

  /** A value that cannot be used; the message completes "key: ". */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(String sentence) {
      super(sentence, null, false, false);
    }
  }
}
