package dev.gatehouse.launcher.config;

import dev.gatehouse.api.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A key while it is being read. */
class Value<T> implements ConfigReader.Key<T> {

  private record Requirement<T>(Predicate<? super T> test, String text) {}

  private final Section section;
  private final String key;
  private final String type;
  private final Function<Object, T> parser;
  private final List<Requirement<T>> requirements = new ArrayList<>();
  private @Nullable String meaning;
  private boolean live;

  Value(Section section, String key, String type, Function<Object, T> parser) {
    this.section = section;
    this.key = key;
    this.type = type;
    this.parser = parser;
  }

  @Override
  public ConfigReader.Key<T> describedAs(String sentence) {
    meaning = sentence;
    return this;
  }

  @Override
  public ConfigReader.Key<T> must(Predicate<? super T> test, String requirement) {
    requirements.add(new Requirement<>(test, requirement));
    return this;
  }

  @Override
  public ConfigReader.Key<T> live() {
    live = true;
    return this;
  }

  @Override
  public T orElse(T other) {
    describe(shown(other));
    return read().orElse(other);
  }

  @Override
  public Optional<T> optional() {
    describe("none");
    return read();
  }

  @Override
  public T required(T placeholder) {
    describe("required");
    if (!section.holds(key)) {
      section.problem(key, "this key is required; give it " + Section.withArticle(type) + ".");
    }
    return read().orElse(placeholder);
  }

  private void describe(String byDefault) {
    var limits =
        requirements.stream().map(Requirement::text).collect(Collectors.joining(" and must "));
    section.describe(
        new KeyDescription(
            key,
            limits.isEmpty() ? type : type + ", must " + limits,
            byDefault,
            Optional.ofNullable(meaning),
            live));
  }

  private Optional<T> read() {
    if (!section.holds(key)) {
      return Optional.empty();
    }
    try {
      var value = parser.apply(section.raw(key));
      for (var requirement : requirements) {
        if (!requirement.test().test(value)) {
          throw new Section.Refused(
              "must " + requirement.text() + ", not " + Section.shown(section.raw(key)) + ".");
        }
      }
      return Optional.of(value);
    } catch (Section.Refused e) {
      section.problem(key, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  private static String shown(@Nullable Object value) {
    return switch (value) {
      case null -> "none";
      case String text -> '"' + text + '"';
      case Duration span -> '"' + TimeSpans.format(span) + '"';
      case Path path -> '"' + path.toString() + '"';
      case Enum<?> constant ->
          '"' + constant.name().toLowerCase(Locale.ROOT).replace('_', '-') + '"';
      case Boolean _, Number _ -> value.toString();
      case List<?> list ->
          list.stream().map(Value::shown).collect(Collectors.joining(", ", "[", "]"));
      default -> '"' + value.toString() + '"';
    };
  }
}
