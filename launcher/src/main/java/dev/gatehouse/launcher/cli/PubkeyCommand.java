package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.model.SecretKey;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints the public key of a private one. */
@Command(
    name = "pubkey",
    description =
        "Read a private key from standard input and print its public key, like 'wg pubkey'.")
final class PubkeyCommand implements Callable<Integer> {

  private static final int MOST = 4096;

  private final Console console;

  PubkeyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    var text = console.in().readNBytes(MOST);
    try (var key = SecretKey.parse(text)) {
      console.out().print(Keys.publicKey(key) + "\n");
      console.out().flush();
    } finally {
      Arrays.fill(text, (byte) 0);
    }
    return ExitCode.OK.number();
  }
}
