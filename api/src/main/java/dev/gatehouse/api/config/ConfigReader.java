package dev.gatehouse.api.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One section of the configuration, read key by key. Reading never throws: problems are collected,
 * so that a user sees all of them at once, and a usable value is returned meanwhile. Keys nobody
 * asked for are reported as unknown together with the nearest known one. Reading an empty section
 * tells the launcher which keys exist, with type, default and meaning.
 *
 * <pre>{@code
 * new TunConfig(
 *     section.text("name").describedAs("Name of the interface.").orElse("gatehouse0"),
 *     section.integer("mtu").describedAs("Largest packet.").between(1280, 65535).orElse(1420));
 * }</pre>
 *
 * <p>Keys are kebab-case. Not safe for concurrent use.
 *
 * @since 0.1.0
 */
public interface ConfigReader {

  /** A text. */
  Key<String> text(String key);

  /** A whole number. */
  NumberKey integer(String key);

  /** {@code true} or {@code false}. */
  Key<Boolean> flag(String key);

  /**
   * A time span such as {@code "250ms"}, {@code "30s"}, {@code "15m"}, {@code "8h"} or {@code
   * "7d"}.
   */
  Key<Duration> duration(String key);

  /** A file or directory; relative ones are relative to the configuration file. */
  Key<Path> path(String key);

  /**
   * A text that a parser turns into a value.
   *
   * @param type what to call it in messages, for example {@code "address with port"}
   * @param parser throws {@link dev.gatehouse.api.GatehouseException} for a text it does not accept
   */
  <T> Key<T> parsed(String key, String type, Function<String, T> parser);

  /**
   * A list of texts that a parser turns into values.
   *
   * @param type what to call one element in messages
   * @param parser throws {@link dev.gatehouse.api.GatehouseException} for a text it does not accept
   */
  <T> Key<List<T>> parsedList(String key, String type, Function<String, T> parser);

  /** Reports a problem that only shows when several keys are looked at together. */
  void problem(String key, String sentence);

  /** One key that is being read. */
  interface Key<T> {

    /** One sentence for the configuration reference. */
    Key<T> describedAs(String sentence);

    /** Refuses values that do not pass; {@code requirement} completes "must ". */
    Key<T> must(Predicate<? super T> test, String requirement);

    /**
     * Says that a new value takes effect while the gateway runs, once the configuration is read
     * again. Without this, it waits for the next start. The plugin has to make the change in {@link
     * dev.gatehouse.api.spi.Plugin#reconfigure}.
     */
    default Key<T> live() {
      return this;
    }

    /** The value, or this one if the key is absent or its value was refused. */
    T orElse(T other);

    /** The value, or nothing if the key is absent or its value was refused. */
    Optional<T> optional();

    /** The value; an absent key is a problem, and the placeholder stands in for it. */
    T required(T placeholder);
  }

  /** A whole number that is being read. */
  interface NumberKey extends Key<Integer> {

    @Override
    NumberKey describedAs(String sentence);

    /** Refuses values outside the range, both ends included. */
    NumberKey between(int smallest, int largest);
  }
}
