package dev.gatehouse.launcher.cli;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints a new private key. */
@Command(
    name = "keygen",
    aliases = "genkey",
    description = "Print a new private key, like 'wg genkey'.")
final class KeygenCommand implements Callable<Integer> {

  private final Console console;

  KeygenCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    try (var key = Keys.generate(new SecureRandom())) {
      var text = key.toBase64();
      console.out().write(text, 0, text.length);
      console.out().write('\n');
      console.out().flush();
      Arrays.fill(text, (byte) 0);
    }
    return ExitCode.OK.number();
  }
}
