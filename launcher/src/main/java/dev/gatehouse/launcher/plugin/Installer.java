package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.ErrorCode;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Puts a plugin into a plugins directory, after everything was checked that can be checked without
 * starting it, and takes it away again. The directory is complete from the moment it has its name.
 */
public final class Installer {

  private static final Pattern DIGEST = Pattern.compile("[0-9a-fA-F]{64}");

  private final Path plugins;
  private final List<InstalledPlugin> installed;

  /**
   * An installer.
   *
   * @param plugins where plugin directories are
   * @param installed everything that is installed, there and elsewhere
   */
  public Installer(Path plugins, List<InstalledPlugin> installed) {
    this.plugins = plugins.toAbsolutePath().normalize();
    this.installed = List.copyOf(installed);
  }

  /**
   * A plugin that was installed.
   *
   * @param plugins what the directory provides
   * @param directory where it is
   * @param sha256 the checksum of the file it came in; empty for a directory
   * @param checked whether that was compared with one that was given
   * @param replaced whether an older one was there
   */
  public record Done(
      List<InstalledPlugin> plugins,
      Path directory,
      Optional<String> sha256,
      boolean checked,
      boolean replaced) {

    /** Copies the list. */
    public Done {
      plugins = List.copyOf(plugins);
    }
  }

  /**
   * Installs a plugin.
   *
   * @param source a jar, a zip or tar.gz with jars, or a directory with jars
   * @param sha256 what the file's checksum has to be; empty to take it from a file of the same name
   *     with {@code .sha256} behind it, if there is one
   * @param replace whether a plugin with the same id may be replaced
   * @throws GatehouseException if it is not installed; nothing has changed then
   */
  public Done install(Path source, Optional<String> sha256, boolean replace) {
    requireThere(source);
    try {
      Files.createDirectories(plugins);
      var staged = Files.createTempDirectory(plugins, ".installing-");
      try {
        var digest = stage(source, staged, sha256);
        return settled(source, staged, digest, replace);
      } finally {
        delete(staged);
      }
    } catch (AccessDeniedException e) {
      throw new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          e.getFile() + " cannot be accessed.",
          "Run the command as the user " + plugins + " belongs to, usually with sudo.",
          e);
    } catch (IOException e) {
      throw refused(
          StandardErrorCode.PLUGIN_BROKEN,
          source,
          "it cannot be read or copied (" + said(e) + ").",
          "Get it again.");
    } catch (Refusal e) {
      throw refused(source, String.valueOf(e.getMessage()));
    }
  }

  private static void requireThere(Path source) {
    if (!Files.isDirectory(source) && !Files.isRegularFile(source)) {
      throw new GatehouseException(
          StandardErrorCode.NOT_FOUND,
          "There is no file or directory " + source + ".",
          "Name a jar, a zip or tar.gz with jars, or a directory with jars.");
    }
  }

  private record Digest(Optional<String> sha256, boolean checked) {}

  /** Copies first, so that what is checked is what is installed. */
  private static Digest stage(Path source, Path staged, Optional<String> sha256)
      throws IOException {
    if (Files.isDirectory(source)) {
      if (sha256.isPresent()) {
        throw new GatehouseException(
            StandardErrorCode.REQUEST_INVALID,
            "A directory has no checksum of its own.",
            "Install the file it came in, or leave --sha256 out.");
      }
      copyTree(source, staged);
      restrict(staged);
      return new Digest(Optional.empty(), false);
    }
    var copy = staged.resolve(source.getFileName());
    Files.copy(source, copy);
    var digest = Checksums.of(copy);
    boolean isChecked = checked(source, digest, sha256);
    if (Archive.isKnown(copy)) {
      var unpacked = Files.createTempDirectory(staged, ".unpacked-");
      Archive.unpack(copy, unpacked);
      Files.delete(copy);
      copyTree(innermost(unpacked), staged);
      delete(unpacked);
    } else if (!copy.toString().endsWith(".jar")) {
      throw new Refusal("it is neither a jar, a zip, a tar.gz nor a directory; pack it as one.");
    }
    restrict(staged);
    return new Digest(Optional.of(digest), isChecked);
  }

  private static boolean checked(Path source, String digest, Optional<String> given)
      throws IOException {
    var beside = source.resolveSibling(source.getFileName() + ".sha256");
    var expected =
        given.isPresent() || !Files.isRegularFile(beside)
            ? given
            : Optional.of(firstWord(Files.readString(beside, StandardCharsets.UTF_8)));
    if (expected.isEmpty()) {
      return false;
    }
    if (!DIGEST.matcher(expected.get()).matches()) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "'" + expected.get() + "' is not a SHA-256.",
          "A SHA-256 has 64 hexadecimal digits.");
    }
    if (!expected.get().toLowerCase(Locale.ROOT).equals(digest)) {
      throw refused(
          StandardErrorCode.REQUEST_INVALID,
          source,
          "its SHA-256 is " + digest + ", not " + expected.get() + ".",
          "Get it again from where you trust, and compare.");
    }
    return true;
  }

  private static String firstWord(String text) {
    return text.strip().replaceFirst("(?s)\\s.*", "");
  }

  /** Archives often hold one directory with everything in it. */
  private static Path innermost(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      var all = entries.toList();
      return all.size() == 1 && Files.isDirectory(all.getFirst()) ? all.getFirst() : directory;
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (var files = Files.walk(from, 8)) {
      for (var file : files.toList()) {
        var relative = from.relativize(file).toString();
        if (relative.isEmpty() || relative.equals(Checksums.FILE)) {
          continue;
        }
        if (Files.isSymbolicLink(file)) {
          throw new Refusal("'" + relative + "' in it is a link; install plain files only.");
        }
        var target = to.resolve(relative);
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
    }
  }

  /** Everybody reads, the owner alone writes; what was written reaches the disk. */
  private static void restrict(Path directory) throws IOException {
    boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
    try (var files = Files.walk(directory)) {
      for (var file : files.toList()) {
        boolean isDirectory = Files.isDirectory(file);
        if (posix) {
          Files.setPosixFilePermissions(file, mode(isDirectory));
        }
        if (!isDirectory) {
          try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
          }
        }
      }
    }
  }

  private static Set<PosixFilePermission> mode(boolean directory) {
    return PosixFilePermissions.fromString(directory ? "rwxr-xr-x" : "rw-r--r--");
  }

  private Done settled(Path source, Path staged, Digest digest, boolean replace)
      throws IOException {
    var id = id(staged);
    var directory = plugins.resolve(id);
    boolean isThere = Files.exists(directory);
    requireFree(id, directory, replace);
    refuseReserved(staged);
    var found = verified(source, staged, directory);
    Checksums.record(
        staged,
        "installed from "
            + source.getFileName()
            + digest.sha256().map(sum -> " with SHA-256 " + sum).orElse(""));
    restrict(staged);
    if (isThere) {
      var old = Files.createTempDirectory(plugins, ".replaced-");
      Files.move(directory, old.resolve(id), StandardCopyOption.ATOMIC_MOVE);
      try {
        Files.move(staged, directory, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        Files.move(old.resolve(id), directory, StandardCopyOption.ATOMIC_MOVE);
        throw e;
      } finally {
        delete(old);
      }
    } else {
      Files.move(staged, directory, StandardCopyOption.ATOMIC_MOVE);
    }
    return new Done(found, directory, digest.sha256(), digest.checked(), isThere);
  }

  private static String id(Path staged) throws IOException {
    if (PluginDirectory.jars(staged).isEmpty()) {
      throw new Refusal("there is no jar in it; a plugin is a jar with its libraries beside it.");
    }
    PluginDirectory directory;
    try {
      directory = PluginDirectory.read(staged);
    } catch (RuntimeException e) {
      throw new Refusal(Diagnosis.of(e).because(), e);
    }
    if (directory.providing().isEmpty()) {
      throw new Refusal(
          "no module in it provides a plugin; its module-info must say 'provides"
              + " dev.gatehouse.api.spi.… with …'.");
    }
    if (directory.descriptors().isEmpty()) {
      throw new Refusal(
          "it has no descriptor "
              + Descriptor.FOLDER
              + "<id>.properties; 'gatehouse plugins describe' writes one for its author.");
    }
    return directory.descriptors().getFirst().id().value();
  }

  private void requireFree(String id, Path directory, boolean replace) {
    for (var plugin : installed) {
      if (!plugin.name().equals(id)) {
        continue;
      }
      var place = plugin.directory().map(path -> path.toAbsolutePath().normalize());
      if (place.filter(directory::equals).isEmpty()) {
        throw new GatehouseException(
            StandardErrorCode.CONFLICT,
            "A plugin '" + id + "' is installed in " + plugin.place() + ".",
            "Remove it first; two plugins with one id are both unusable.");
      }
    }
    if (Files.exists(directory) && isBuiltIn(directory)) {
      throw new GatehouseException(
          StandardErrorCode.CONFLICT,
          "The directory " + directory + " is a part of Gatehouse itself.",
          "Install the plugin into another directory with --into.");
    }
    if (Files.exists(directory) && !replace) {
      throw new GatehouseException(
          StandardErrorCode.CONFLICT,
          "A plugin '" + id + "' is installed in " + directory + ".",
          "Replace it with --replace.");
    }
  }

  private static void refuseReserved(Path staged) throws IOException {
    if (PluginDirectory.read(staged).isBuiltIn()) {
      throw new Refusal(
          "its module's name begins with 'dev.gatehouse.', which is Gatehouse's own; ask its"
              + " author for another name.");
    }
  }

  /** What is staged, loaded once; refused unless all of it would start here. */
  private static List<InstalledPlugin> verified(Path source, Path staged, Path directory) {
    try (var layers = new PluginLayers()) {
      var found =
          new PluginScanner(layers)
              .look(staged).stream().map(plugin -> plugin.at(directory)).toList();
      for (var plugin : found) {
        switch (plugin.state()) {
          case State.Usable(var provider) ->
              Verification.unconfigurable(provider)
                  .ifPresent(sentence -> {
                    throw new Refusal(sentence);
                  });
          case State.Unsupported(var because) ->
              throw refused(
                  StandardErrorCode.PLUGIN_UNSUPPORTED,
                  source,
                  "it cannot work on this machine: " + because,
                  "Get the one made for this machine.");
          case State.Incompatible _ ->
              throw new GatehouseException(
                  StandardErrorCode.PLUGIN_INCOMPATIBLE,
                  plugin.at(source.toAbsolutePath()).sentence(),
                  "");
          case State.Broken(var because, var cause) ->
              throw new Refusal(
                  because.replace(staged.toString(), directory.toString()),
                  cause.orElseGet(() -> new IllegalStateException(because)));
          case State.Disabled _ -> throw new IllegalStateException("nobody disables what is new");
        }
      }
      return found;
    }
  }

  private static boolean isBuiltIn(Path directory) {
    try {
      return PluginDirectory.read(directory).isBuiltIn();
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /**
   * Removes a plugin's directory.
   *
   * @throws GatehouseException if it is a part of Gatehouse or cannot be removed
   */
  public static void remove(InstalledPlugin plugin) {
    var directory =
        plugin
            .directory()
            .orElseThrow(() ->
                new GatehouseException(
                    StandardErrorCode.REQUEST_INVALID,
                    "Plugin '" + plugin.name() + "' is not in a directory.",
                    "Take it out of the program that passes it."));
    if (isBuiltIn(directory)) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "Plugin '" + plugin.name() + "' is a part of Gatehouse itself and stays.",
          "To keep it from being loaded, use 'gatehouse plugins disable " + plugin.name() + "'.");
    }
    try {
      if (Files.isSymbolicLink(directory)) {
        Files.delete(directory);
        return;
      }
      var away = Files.createTempDirectory(directory.toAbsolutePath().getParent(), ".removed-");
      Files.move(directory, away.resolve("plugin"), StandardCopyOption.ATOMIC_MOVE);
      delete(away);
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "The directory " + directory + " cannot be removed (" + said(e) + ").",
          "Run the command as the user it belongs to, usually with sudo.",
          e);
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static GatehouseException refused(Path source, String because) {
    int cut = because.lastIndexOf("; ");
    return cut < 0
        ? refused(StandardErrorCode.PLUGIN_BROKEN, source, because, "Ask its author.")
        : refused(
            StandardErrorCode.PLUGIN_BROKEN,
            source,
            because.substring(0, cut) + ".",
            because.substring(cut + 2, cut + 3).toUpperCase(Locale.ROOT)
                + because.substring(cut + 3));
  }

  private static GatehouseException refused(
      ErrorCode code, Path source, String because, String fix) {
    return new GatehouseException(code, source + " is not installed: " + because, fix);
  }

  private static String said(IOException e) {
    return e.getClass().getSimpleName() + (e.getMessage() == null ? "" : ": " + e.getMessage());
  }
}
