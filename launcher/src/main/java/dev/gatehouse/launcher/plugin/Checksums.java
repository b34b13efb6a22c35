package dev.gatehouse.launcher.plugin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The file {@code SHA256SUMS} in a plugin directory, which {@code install} writes: the checksum of
 * every other file, in the form {@code sha256sum --check} reads.
 */
public final class Checksums {

  /** The file's name. */
  public static final String FILE = "SHA256SUMS";

  private static final Pattern LINE = Pattern.compile("([0-9a-fA-F]{64}) [ *](.+)");

  private Checksums() {}

  /** The SHA-256 of a file, as 64 hexadecimal digits. */
  public static String of(Path file) throws IOException {
    var digest = sha256();
    var buffer = ByteBuffer.allocate(64 * 1024);
    try (var channel = FileChannel.open(file)) {
      while (channel.read(buffer) >= 0) {
        digest.update(buffer.flip());
        buffer.clear();
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Whether the directory has recorded checksums. */
  public static boolean recorded(Path directory) {
    return Files.isRegularFile(directory.resolve(FILE));
  }

  /** Records the checksums of everything in a directory. */
  static void record(Path directory, String comment) throws IOException {
    var text = new StringBuilder("# ").append(comment.replaceAll("\\p{Cntrl}", "?")).append('\n');
    for (var file : files(directory)) {
      text.append(of(file)).append("  ").append(name(directory, file)).append('\n');
    }
    Files.writeString(directory.resolve(FILE), text);
  }

  /**
   * What differs from the recorded checksums, one sentence each; nothing if none are recorded.
   *
   * @throws IOException if a file cannot be read
   */
  public static List<String> differences(Path directory) throws IOException {
    if (!recorded(directory)) {
      return List.of();
    }
    var problems = new ArrayList<String>();
    var recorded = read(directory.resolve(FILE), problems);
    for (var file : files(directory)) {
      var name = name(directory, file);
      var expected = recorded.remove(name);
      if (expected == null) {
        problems.add(
            name + " was added after the plugin was installed; remove it, or install it again.");
      } else if (!expected.equalsIgnoreCase(of(file))) {
        problems.add(
            name + " was changed after the plugin was installed; install the plugin again.");
      }
    }
    recorded
        .keySet()
        .forEach(name ->
            problems.add(name + " is gone since the plugin was installed; install it again."));
    return problems;
  }

  private static Map<String, String> read(Path file, List<String> problems) throws IOException {
    var recorded = new TreeMap<String, String>();
    for (var line : Files.readString(file, StandardCharsets.UTF_8).lines().toList()) {
      var match = LINE.matcher(line);
      if (match.matches()) {
        recorded.put(match.group(2), match.group(1));
      } else if (!line.isBlank() && !line.startsWith("#")) {
        problems.add(FILE + " holds a line that is no checksum; install the plugin again.");
      }
    }
    return recorded;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (var files = Files.walk(directory, 8)) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .filter(file -> !file.equals(directory.resolve(FILE)))
          .sorted()
          .toList();
    } catch (java.io.UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static String name(Path directory, Path file) {
    return directory.relativize(file).toString().replace('\\', '/');
  }
}
