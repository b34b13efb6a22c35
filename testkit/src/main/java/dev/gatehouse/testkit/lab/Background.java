package dev.gatehouse.testkit.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A program that runs beside the test. Its output, both streams together, is kept line by line.
 *
 * @since 0.1.0
 */
public final class Background implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String name;
  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Thread reader;

  Background(String name, ProcessBuilder builder) {
    this.name = name;
    try {
      process = builder.redirectErrorStream(true).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    reader =
        Thread.ofVirtual()
            .name("output of " + name)
            .start(() -> {
              try (var in = process.inputReader()) {
                in.lines().forEach(lines::add);
              } catch (IOException | UncheckedIOException e) {
                lines.add("(output ended: " + e.getMessage() + ")");
              }
            });
  }

  /** Everything it printed so far. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Everything it printed so far, as one text. */
  public String output() {
    return String.join("\n", lines);
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it still runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The first line in which the pattern is found, if there is one yet. */
  public Optional<String> line(String pattern) {
    var compiled = Pattern.compile(pattern);
    return lines.stream().filter(line -> compiled.matcher(line).find()).findFirst();
  }

  /** How many lines there are so far in which the pattern is found. */
  public long count(String pattern) {
    var compiled = Pattern.compile(pattern);
    return lines.stream().filter(line -> compiled.matcher(line).find()).count();
  }

  /** Waits for a line in which the pattern is found; fails early if the program ends before. */
  public String awaitLine(String pattern, Duration atMost) {
    Await.until(
        "'" + pattern + "' in the output of " + name,
        atMost,
        () -> line(pattern).isPresent() || !reader.isAlive(),
        this::output);
    return line(pattern)
        .orElseThrow(
            () -> new AssertionError(name + " ended without '" + pattern + "':\n" + output()));
  }

  /** Writes a line to its standard input. */
  public void say(String line) {
    try {
      var writer = process.outputWriter();
      writer.write(line + "\n");
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a signal, for example {@code "TERM"}. */
  public void signal(String signal) {
    Commands.run(List.of("kill", "-" + signal, Long.toString(pid())), PATIENCE);
  }

  /** Kills it the hard way (SIGKILL), together with what it started, and waits for its end. */
  public void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    awaitExit(PATIENCE);
  }

  /**
   * Waits for its end.
   *
   * @return the exit code; 128 + n after signal n
   */
  public int awaitExit(Duration atMost) {
    try {
      if (!process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new AssertionError(name + " did not end within " + atMost + ":\n" + output());
      }
      reader.join(PATIENCE);
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + name, e);
    }
  }

  /** Asks it to end, and insists after a few seconds. */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
