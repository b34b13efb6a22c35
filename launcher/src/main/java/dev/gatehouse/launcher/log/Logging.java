package dev.gatehouse.launcher.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy;
import ch.qos.logback.core.util.FileSize;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.config.LogConfig;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets Logback up from the configuration. For the command line alone. */
public final class Logging {

  private static final String[] LIBRARIES = {"io.netty", "io.vertx"};

  /** Warns where no interface has a hardware address, as in a container; nothing depends on it. */
  private static final String NEEDLESS = "io.netty.util.internal.MacAddressUtil";

  private static final String FILES = "files";

  private Logging() {}

  /**
   * Sends all log messages to a stream, and to files if the configuration names a directory.
   *
   * @param terminal whether a person is watching the stream
   * @throws GatehouseException if log files cannot be written
   */
  public static void start(LogConfig config, OutputStream stream, boolean terminal) {
    start(
        config,
        stream,
        terminal,
        config
            .directory()
            .map(directory -> new LogPlace(directory, "gatehouse", config.limits(), Map.of())));
  }

  /**
   * Sends all log messages to a stream, and to files.
   *
   * @param terminal whether a person is watching the stream
   * @param files where else; the configuration's directory is not looked at
   * @throws GatehouseException if log files cannot be written
   */
  public static void start(
      LogConfig config, OutputStream stream, boolean terminal, Optional<LogPlace> files) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return; // another backend was put in on purpose
    }
    context.reset();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    setLevel(context, config);
    var human =
        switch (config.format()) {
          case HUMAN -> true;
          case JSON -> false;
          case AUTO -> terminal;
        };
    root.addAppender(
        console(
            context,
            stream,
            human
                ? new HumanEncoder(!root.getLevel().isGreaterOrEqual(Level.INFO))
                : new JsonLinesEncoder()));
    files.ifPresent(wanted -> root.addAppender(files(context, wanted)));
  }

  /** Writes messages of another level from now on. */
  public static void follow(LogConfig config) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      setLevel(context, config);
    }
  }

  private static void setLevel(LoggerContext context, LogConfig config) {
    var level = level(config.level());
    boolean everything = config.level() == LogConfig.Level.TRACE;
    context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(level);
    for (var library : LIBRARIES) {
      context
          .getLogger(library)
          .setLevel(everything ? null : Level.toLevel(Math.max(level.toInt(), Level.INFO_INT)));
    }
    context.getLogger(NEEDLESS).setLevel(everything ? null : Level.ERROR);
  }

  /**
   * How the log files are: {@code log-lines-lost}, and {@code log-problem} while they cannot be
   * written. Empty without log files. Any thread.
   */
  public static Map<String, String> facts() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context
        && context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender(FILES)
            instanceof LogFiles files) {
      var facts = new LinkedHashMap<String, String>();
      facts.put("log-lines-lost", Long.toString(files.lost()));
      files.problem().ifPresent(problem -> facts.put("log-problem", problem));
      return facts;
    }
    return Map.of();
  }

  /** Writes out what is still under way and closes files. */
  public static void stop() {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.stop();
    }
  }

  private static Appender<ILoggingEvent> console(
      LoggerContext context, OutputStream stream, LineEncoder encoder) {
    var appender = new OutputStreamAppender<ILoggingEvent>();
    encoder.setContext(context);
    encoder.start();
    appender.setContext(context);
    appender.setName("console");
    appender.setEncoder(encoder);
    appender.setOutputStream(new Unclosed(stream));
    appender.start();
    return appender;
  }

  private static Appender<ILoggingEvent> files(LoggerContext context, LogPlace files) {
    var directory = files.directory();
    try {
      create(directory);
      if (!Files.isWritable(directory)) {
        throw new IOException("not writable");
      }
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "Log files cannot be written to " + directory + " (" + e.getMessage() + ").",
          "Make it writable, or change log.directory.",
          e);
    }
    var encoder = new JsonLinesEncoder(files.facts());
    encoder.setContext(context);
    encoder.start();
    var appender = new LogFiles();
    appender.setContext(context);
    appender.setName(FILES);
    appender.setEncoder(encoder);
    appender.setFile(directory.resolve(files.name() + ".log").toString());
    var rolling = new SizeAndTimeBasedRollingPolicy<ILoggingEvent>();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(
        directory.resolve(files.name() + "-%d{yyyy-MM-dd}.%i.log").toString());
    rolling.setMaxFileSize(FileSize.valueOf(files.limits().fileMegabytes() + "MB"));
    rolling.setMaxHistory(files.limits().days());
    rolling.setTotalSizeCap(FileSize.valueOf(files.limits().totalMegabytes() + "MB"));
    rolling.setCleanHistoryOnStart(true);
    rolling.start();
    appender.setRollingPolicy(rolling);
    appender.setTriggeringPolicy(rolling);
    appender.start();
    return appender;
  }

  /** Nobody but the owner and the group may look into a directory that is made here. */
  private static void create(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
      var view = Files.getFileAttributeView(directory, PosixFileAttributeView.class);
      if (view != null) {
        view.setPermissions(PosixFilePermissions.fromString("rwxr-x---"));
      }
    }
  }

  private static Level level(LogConfig.Level level) {
    return switch (level) {
      case TRACE -> Level.TRACE;
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR -> Level.ERROR;
    };
  }

  /** Standard output is not the logging's to close. */
  private static final class Unclosed extends OutputStream {
    private final OutputStream target;

    Unclosed(OutputStream target) {
      this.target = target;
    }

    @Override
    public void write(int b) throws IOException {
      target.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      target.write(bytes, offset, length);
    }

    @Override
    public void flush() throws IOException {
      target.flush();
    }

    @Override
    public void close() throws IOException {
      target.flush();
    }
  }
}
