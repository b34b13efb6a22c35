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
 * @param directory where log files go as well, always as JSON Lines
 * @param files whether there are log files; empty for yes if a directory is known
 * @param limits how much of them is kept
 */
public record LogConfig(
    Level level, Format format, Optional<Path> directory, Optional<Boolean> files, Limits limits) {

  /**
   * How much of log files is kept. What is more is deleted, oldest first, at the start and whenever
   * a file is put aside.
   *
   * @param fileMegabytes when a file is put aside, if its day does not end before; 1 to 1000
   * @param totalMegabytes all files together; 2 to 100 000
   * @param days how long; 1 to 3650
   */
  public record Limits(int fileMegabytes, int totalMegabytes, int days) {

    /** What holds unless configured otherwise. */
    public static final Limits DEFAULTS = new Limits(20, 200, 14);
  }

  /** With what holds by default for files. */
  public LogConfig(Level level, Format format, Optional<Path> directory) {
    this(level, format, directory, Optional.empty(), Limits.DEFAULTS);
  }

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
            .live()
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
            .optional(),
        section
            .flag("files")
            .describedAs(
                "Whether there are log files; true without a directory takes the usual one, as"
                    + " $LOGS_DIRECTORY does.")
            .optional(),
        new Limits(
            section
                .integer("file-megabytes")
                .describedAs("How large a log file gets before the next one is begun.")
                .between(1, 1000)
                .orElse(Limits.DEFAULTS.fileMegabytes()),
            section
                .integer("total-megabytes")
                .describedAs("How large all log files get before the oldest are deleted.")
                .between(2, 100_000)
                .orElse(Limits.DEFAULTS.totalMegabytes()),
            section
                .integer("days")
                .describedAs("After how many days log files are deleted.")
                .between(1, 3650)
                .orElse(Limits.DEFAULTS.days())));
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
