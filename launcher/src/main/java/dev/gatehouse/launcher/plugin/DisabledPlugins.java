package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The file {@code disabled.txt} beside the plugin directories: the id of a plugin per line that is
 * not to be loaded; {@code #} begins a comment.
 */
public final class DisabledPlugins {

  /** The file's name. */
  public static final String FILE = "disabled.txt";

  private DisabledPlugins() {}

  /**
   * The list that counts for a plugin directory: the one beside it.
   *
   * @throws Refusal if it cannot be read
   */
  static Set<String> of(Path directory) {
    var searched = directory.toAbsolutePath().getParent();
    if (searched == null) {
      return Set.of();
    }
    try {
      return read(searched);
    } catch (IOException | UncheckedIOException e) {
      throw new Refusal(
          "the list of disabled plugins "
              + searched.resolve(FILE)
              + " cannot be read; check its mode.",
          e);
    }
  }

  private static Set<String> read(Path searched) throws IOException {
    var file = searched.resolve(FILE);
    if (!Files.exists(file)) {
      return Set.of();
    }
    try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines
          .map(line -> line.replaceFirst("#.*", "").strip())
          .filter(line -> !line.isEmpty())
          .collect(Collectors.toUnmodifiableSet());
    }
  }

  /**
   * Puts an id on the list that counts for its plugin directory, or takes it off.
   *
   * @return whether that changed anything
   * @throws GatehouseException if the file cannot be written
   */
  public static boolean set(Path directory, String id, boolean disabled) {
    var searched = Objects.requireNonNull(directory.toAbsolutePath().getParent());
    var file = searched.resolve(FILE);
    var next = searched.resolve("." + FILE + "-" + ProcessHandle.current().pid());
    try {
      var ids = new TreeSet<>(read(searched));
      if (disabled ? !ids.add(id) : !ids.remove(id)) {
        return false;
      }
      Files.writeString(
          next,
          "# Plugins that are not loaded; see 'gatehouse plugins disable'.\n"
              + ids.stream().map(line -> line + "\n").collect(Collectors.joining()));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return true;
    } catch (IOException | UncheckedIOException e) {
      throw new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "The list " + file + " cannot be changed (" + e + ").",
          "Run the command as the user the directory belongs to, usually with sudo.",
          e);
    }
  }
}
