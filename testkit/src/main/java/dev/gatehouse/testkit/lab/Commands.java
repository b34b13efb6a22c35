package dev.gatehouse.testkit.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/** Runs commands to their end. */
final class Commands {

  private static final Executor VIRTUAL = task -> Thread.ofVirtual().start(task);

  private Commands() {}

  static Outcome run(List<String> command, Duration atMost) {
    return run(new ProcessBuilder(command), atMost);
  }

  static Outcome run(ProcessBuilder builder, Duration atMost) {
    long started = System.nanoTime();
    try {
      var process = builder.start();
      process.getOutputStream().close();
      var out = CompletableFuture.supplyAsync(() -> text(process.getInputStream()), VIRTUAL);
      var err = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()), VIRTUAL);
      if (!process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError(
            String.join(" ", builder.command()) + " did not end within " + atMost);
      }
      return new Outcome(
          List.copyOf(builder.command()),
          process.exitValue(),
          out.join(),
          err.join(),
          Duration.ofNanos(System.nanoTime() - started));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while running " + builder.command(), e);
    }
  }

  private static String text(InputStream in) {
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(output ended: " + e.getMessage() + ")";
    }
  }
}
