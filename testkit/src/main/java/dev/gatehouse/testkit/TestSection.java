package dev.gatehouse.testkit;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A section of the configuration with values a test has put in, as the TOML file would give them:
 * texts, integers, booleans and lists of texts. Problems are kept as {@code key: sentence}.
 *
 * @since 0.1.0
 */
public final class TestSection implements ConfigReader {

  private final Map<String, Object> values;
  private final List<String> problems = new ArrayList<>();

  /** A section with these values. */
  public TestSection(Map<String, ?> values) {
    this.values = Map.copyOf(values);
  }

  /** What was wrong so far, in the order it was found. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  @Override
  public Key<String> text(String key) {
    return new Value<>(key, typed(key, String.class, "a text"));
  }

  @Override
  public NumberKey integer(String key) {
    return new WholeNumber(key, typed(key, Integer.class, "a whole number"));
  }

  @Override
  public Key<Boolean> flag(String key) {
    return new Value<>(key, typed(key, Boolean.class, "true or false"));
  }

  @Override
  public Key<Duration> duration(String key) {
    return parsed(key, "time span", text -> Duration.parse("PT" + text));
  }

  @Override
  public Key<Path> path(String key) {
    return parsed(key, "path", Path::of);
  }

  @Override
  public <T> Key<T> parsed(String key, String type, Function<String, T> parser) {
    var text = typed(key, String.class, "a text");
    return new Value<>(key, text == null ? null : parse(key, text, parser));
  }

  @Override
  public <T> Key<List<T>> parsedList(String key, String type, Function<String, T> parser) {
    var texts = typed(key, List.class, "a list");
    if (texts == null) {
      return new Value<>(key, null);
    }
    var parsed = new ArrayList<T>();
    for (var each : texts) {
      var value = parse(key, String.valueOf(each), parser);
      if (value == null) {
        return new Value<>(key, null);
      }
      parsed.add(value);
    }
    return new Value<>(key, List.copyOf(parsed));
  }

  @Override
  public void problem(String key, String sentence) {
    problems.add(key + ": " + sentence);
  }

  private <T> @Nullable T parse(String key, String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (GatehouseException e) {
      problem(key, (e.problem() + " " + e.fix()).strip());
      return null;
    }
  }

  private <T> @Nullable T typed(String key, Class<T> type, String words) {
    var value = values.get(key);
    if (value != null && !type.isInstance(value)) {
      problem(key, "must be " + words + ".");
      return null;
    }
    return type.cast(value);
  }

  private class Value<T> implements Key<T> {
    private final String key;
    private @Nullable T value;

    Value(String key, @Nullable T value) {
      this.key = key;
      this.value = value;
    }

    @Override
    public Key<T> describedAs(String sentence) {
      return this;
    }

    @Override
    public Key<T> must(Predicate<? super T> test, String requirement) {
      check(test, requirement);
      return this;
    }

    void check(Predicate<? super T> test, String requirement) {
      if (value != null && !test.test(value)) {
        problem(key, "must " + requirement + ".");
        value = null;
      }
    }

    @Override
    public T orElse(T other) {
      return optional().orElse(other);
    }

    @Override
    public Optional<T> optional() {
      return Optional.ofNullable(value);
    }

    @Override
    public T required(T placeholder) {
      if (value == null && !values.containsKey(key)) {
        problem(key, "is missing.");
      }
      return orElse(placeholder);
    }
  }

  private final class WholeNumber extends Value<Integer> implements NumberKey {

    WholeNumber(String key, @Nullable Integer value) {
      super(key, value);
    }

    @Override
    public NumberKey describedAs(String sentence) {
      return this;
    }

    @Override
    public NumberKey between(int smallest, int largest) {
      check(
          number -> number >= smallest && number <= largest,
          "be from " + smallest + " to " + largest);
      return this;
    }
  }
}
