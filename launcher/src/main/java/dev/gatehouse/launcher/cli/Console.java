package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.runtime.Surroundings;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a command reads from and writes to.
 *
 * @param in standard input
 * @param out results and, for {@code run}, the log
 * @param err errors, each one sentence
 * @param terminal whether a person is watching {@code out}
 * @param surroundings the environment
 */
public record Console(
    InputStream in, PrintStream out, PrintStream err, boolean terminal, Surroundings surroundings) {

  /** The console of this process. */
  public static Console ofThisProcess() {
    return new Console(
        System.in, System.out, System.err, isTerminal(), Surroundings.ofThisProcess());
  }

  private static boolean isTerminal() {
    var descriptor = Path.of("/proc/self/fd/1");
    try {
      if (Files.exists(descriptor)) {
        var target = descriptor.toRealPath().toString();
        return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
      }
    } catch (IOException e) {
      return false;
    }
    return Optional.ofNullable(System.console()).filter(java.io.Console::isTerminal).isPresent();
  }
}
