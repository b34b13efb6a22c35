package dev.gatehouse.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * Remembers what tests have made up and must not be in any log: pre-shared keys, passwords, tokens,
 * secrets of a relay. A file {@code target/test-secrets} in the module's directory holds them until
 * a scanner has looked through the logs of the whole test run.
 *
 * @since 0.1.0
 */
public final class TestSecrets {

  private static final Path FILE = Path.of("target", "test-secrets");
  private static final int SHORTEST = 8;

  private TestSecrets() {}

  /** Registers a text for the module whose directory is the working directory. */
  public static String register(String secret) {
    register(Path.of(""), secret);
    return secret;
  }

  /** Registers bytes, which must not show in base64 or hexadecimal. */
  public static byte[] register(byte[] secret) {
    register(Base64.getEncoder().encodeToString(secret));
    register(HexFormat.of().formatHex(secret));
    return secret;
  }

  /**
   * Registers a text.
   *
   * @param module the module's directory
   * @param secret at least 8 characters, because shorter ones are found everywhere
   */
  public static synchronized void register(Path module, String secret) {
    if (secret.length() < SHORTEST || secret.lines().count() != 1) {
      throw new IllegalArgumentException("a secret of a test is one line of 8 characters or more");
    }
    var file = module.resolve(FILE);
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, secret + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What was registered in a module; nothing if there is no such file. */
  public static Set<String> registered(Path module) throws IOException {
    var file = module.resolve(FILE);
    return Files.exists(file) ? new HashSet<>(Files.readAllLines(file)) : Set.of();
  }
}
