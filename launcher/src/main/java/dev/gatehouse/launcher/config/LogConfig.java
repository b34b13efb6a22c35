package dev.gatehouse.launcher.config;

import dev.gatehouse.api.config.ConfigReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The {@code [log]} section.
 *
 * @param level the least severe messages that are written
 * @param format how they look on standard output
 * @param directory where log files go as well, always as JSON Lines; empty for nowhere
 */
public record LogConfig(Level level, Format format, Optional<Path> directory) {

  /** How severe a message is. */
  public enum Level {
    /** Everything, packets included. */
    TRACE,
    /** With addresses and names of clients. */
    DEBUG,
    /** What changes. */
    INFO,
    /** What somebody should look at. */
    WARN,
    /** What does not work any more. */
    ERROR
  }

  /** How a message looks. */
  public enum Format {
    /** Human-readable on a terminal, JSON elsewhere. */
    AUTO,
    /** One readable line. */
    HUMAN,
    /** One JSON object per line. */
    JSON
  }

  /** What is used before a configuration was read. */
  public static LogConfig defaults() {
    return read(Section.empty("log"));
  }

  /** Reads the section. */
  public static LogConfig read(ConfigReader section) {
    return new LogConfig(
        section
            .parsed("level", "log level", text -> choice(Level.class, text))
            .describedAs("The least severe messages to write: trace, debug, info, warn or error.")
            .orElse(Level.INFO),
        section
            .parsed("format", "log format", text -> choice(Format.class, text))
            .describedAs(
                "How messages look on standard output: human, json, or auto, which is human on a"
                    + " terminal and json elsewhere.")
            .orElse(Format.AUTO),
        section
            .path("directory")
            .describedAs("Also write log files, as JSON Lines, into this directory.")
            .optional());
  }

  private static <E extends Enum<E>> E choice(Class<E> type, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> label(constant).equals(text))
        .findFirst()
        .orElseThrow(() ->
            new Section.Refused(
                "must be one of "
                    + String.join(
                        ", ", Arrays.stream(type.getEnumConstants()).map(LogConfig::label).toList())
                    + ", not "
                    + Section.shown(text)
                    + "."));
  }

  private static String label(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
