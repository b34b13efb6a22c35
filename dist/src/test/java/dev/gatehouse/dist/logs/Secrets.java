package dev.gatehouse.dist.logs;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bouncycastle.math.ec.rfc7748.X25519;

/**
 * Looks for secrets in text files. Three ways: texts that only introduce a secret, such as {@code
 * BEGIN PRIVATE KEY}; texts that tests have registered as secret; and every 32 bytes in base64 or
 * hexadecimal whose X25519 public key is in one of the files as well, because then they are a
 * private key, whoever made it.
 */
final class Secrets {

  private static final List<Pattern> TELLING =
      List.of(
          Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----"),
          Pattern.compile("(?i)(?:private|preshared)_?key\\s*[=:]\\s*\"?[A-Za-z0-9+/]{42,43}="),
          Pattern.compile("(?i)(?:private|preshared)_key=(?!0{64})[0-9a-f]{64}"),
          Pattern.compile("(?i)authorization: (?:bearer|basic) [A-Za-z0-9._~+/=-]{8,}"),
          Pattern.compile("(?i)\"?password\"?\\s*[=:]\\s*\"?(?!none|null|\\*|<)[^\\s\"<,;)]{8,}"));
  private static final Pattern BASE64 =
      Pattern.compile("(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=(?![A-Za-z0-9+/=])");
  private static final Pattern HEX = Pattern.compile("(?<![0-9a-fA-F])[0-9a-f]{64}(?![0-9a-fA-F])");
  private static final long LARGEST = 256L << 20;

  private final Set<String> registered;
  private final Map<String, Set<String>> keys = new LinkedHashMap<>(); // 32 bytes as hex → where
  private final List<String> found = new ArrayList<>();
  private int files;

  Secrets(Set<String> registered) {
    this.registered = Set.copyOf(registered);
  }

  /** Reads every text file below a directory. */
  Secrets in(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (var file : tree.filter(Files::isRegularFile).filter(Secrets::isText).toList()) {
        read(file);
      }
    }
    return this;
  }

  private static boolean isText(Path file) {
    var name = file.getFileName().toString();
    return name.matches(".*\\.(txt|xml|log|jsonl|out|err|json|dump|dumpstream)")
        || name.matches("(output|said|stdout|stderr)");
  }

  private void read(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      found.add(file + " is too large to be searched");
      return;
    }
    files++;
    var text = Files.readString(file, StandardCharsets.ISO_8859_1);
    for (var pattern : TELLING) {
      var match = pattern.matcher(text);
      if (match.find()) {
        found.add(file + ":" + line(text, match.start()) + " looks like " + pattern);
      }
    }
    for (var secret : registered) {
      int at = text.indexOf(secret);
      if (at >= 0) {
        found.add(file + ":" + line(text, at) + " holds a secret that a test registered");
      }
    }
    BASE64
        .matcher(text)
        .results()
        .forEach(match -> remember(Base64.getDecoder().decode(match.group()), file));
    HEX.matcher(text)
        .results()
        .forEach(match -> remember(HexFormat.of().parseHex(match.group()), file));
  }

  private void remember(byte[] bytes, Path file) {
    if (bytes.length == 32) {
      keys.computeIfAbsent(HexFormat.of().formatHex(bytes), _ -> new HashSet<>())
          .add(file.toString());
    }
  }

  /** One line per secret, without the secret. */
  List<String> found() {
    var all = new ArrayList<>(found);
    keys.forEach((key, where) -> {
      var publicKey = new byte[32];
      X25519.scalarMultBase(HexFormat.of().parseHex(key), 0, publicKey, 0);
      if (keys.containsKey(HexFormat.of().formatHex(publicKey))) {
        all.add(
            where + " hold the private key of " + Base64.getEncoder().encodeToString(publicKey));
      }
    });
    return all;
  }

  /** How many files were read. */
  int files() {
    return files;
  }

  private static long line(String text, int at) {
    return text.substring(0, at).lines().count();
  }
}
