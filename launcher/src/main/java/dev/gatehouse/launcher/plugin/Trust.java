package dev.gatehouse.launcher.plugin;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether only those may change a plugin who might change Gatehouse itself: root, the user the
 * process runs as, and the owner of Gatehouse's own files. What leads to the plugin counts as well,
 * because who may rename a directory may replace what is in it; a sticky directory such as {@code
 * /tmp} protects what others own there. A directory that leads to Gatehouse itself as well is not
 * looked at: who may change it needs no plugin to do harm. On file systems without such owners
 * everybody is trusted.
 */
final class Trust {

  private static final int OTHERS_WRITE = 0002;
  private static final int GROUP_WRITE = 0020;
  private static final int STICKY = 01000;
  private static final long ALL_USERS = 4294967295L;

  private final Set<Integer> users;
  private final Path own;
  private final Map<Path, Optional<String>> leading = new ConcurrentHashMap<>();

  /** Trust of this process. */
  Trust() {
    this(trusted(), Residents.real(ownFiles()));
  }

  /**
   * Trust in these users.
   *
   * @param own where Gatehouse's own files are
   */
  Trust(Set<Integer> users, Path own) {
    this.users = Set.copyOf(users);
    this.own = own;
  }

  /**
   * Looks at a plugin directory and its files.
   *
   * @return one sentence with what to do about the first thing that is not as it should be
   * @throws IOException if they cannot be looked at
   */
  Optional<String> problem(Path directory, List<Path> files) throws IOException {
    // Not of the mount, which may not be visible in a changed root.
    var views = directory.getFileSystem().supportedFileAttributeViews();
    if (!views.contains("unix") && !views.contains("posix")) {
      return Optional.empty();
    }
    var places = new LinkedHashSet<Path>();
    places.add(directory.toAbsolutePath().normalize());
    places.add(directory.toRealPath());
    for (var place : places) {
      var found = own(place).or(() -> leadingTo(place));
      if (found.isPresent()) {
        return found;
      }
    }
    for (var file : files) {
      var found =
          Files.isSymbolicLink(file)
              ? own(file.toRealPath()).or(() -> leadingTo(Residents.real(file)))
              : own(file);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private Optional<String> leadingTo(Path place) {
    for (var parent = place.getParent();
        parent != null && !own.startsWith(parent);
        parent = parent.getParent()) {
      var found = leading.computeIfAbsent(parent, this::leads);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private Optional<String> leads(Path directory) {
    try {
      return look(directory, true);
    } catch (IOException e) {
      return Optional.empty(); // what cannot be looked at cannot be entered either
    }
  }

  private Optional<String> own(Path path) throws IOException {
    return look(path, false);
  }

  private Optional<String> look(Path path, boolean leads) throws IOException {
    var unix = Files.readAttributes(path, "unix:uid,gid,mode");
    int uid = number(unix, "uid");
    int mode = number(unix, "mode");
    if (!users.contains(uid)) {
      return Optional.of(
          path
              + " belongs to the user "
              + Files.getOwner(path).getName()
              + ", who could change what the gateway runs; give it to root with 'chown root "
              + path
              + "'.");
    }
    if (leads && (mode & STICKY) != 0) {
      return Optional.empty();
    }
    if ((mode & OTHERS_WRITE) != 0) {
      return Optional.of(
          "every user of this machine may write "
              + path
              + "; take that away with 'chmod o-w "
              + path
              + "'.");
    }
    if ((mode & GROUP_WRITE) != 0 && number(unix, "gid") != 0) {
      return sharedGroup(path);
    }
    return Optional.empty();
  }

  private static int number(Map<String, Object> attributes, String name) {
    return ((Number) Objects.requireNonNull(attributes.get(name))).intValue();
  }

  /** A group with its owner's name is the owner's alone, by the custom of most systems. */
  private static Optional<String> sharedGroup(Path path) throws IOException {
    var attributes = Files.readAttributes(path, PosixFileAttributes.class);
    return attributes.group().getName().equals(attributes.owner().getName())
        ? Optional.empty()
        : Optional.of(
            "the group "
                + attributes.group().getName()
                + " may write "
                + path
                + "; take that away with 'chmod g-w "
                + path
                + "'.");
  }

  private static Set<Integer> trusted() {
    var users = new HashSet<Integer>();
    users.add(0);
    effectiveUser().ifPresent(users::add);
    owner(ownFiles()).ifPresent(users::add);
    if (isInUserNamespace()) {
      unmappedUser().ifPresent(users::add);
    }
    return users;
  }

  private static Path ownFiles() {
    var source = Trust.class.getProtectionDomain().getCodeSource();
    try {
      if (source != null && "file".equals(source.getLocation().getProtocol())) {
        return Path.of(source.getLocation().toURI());
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Path.of(System.getProperty("java.home"));
    }
    return Path.of(System.getProperty("java.home"));
  }

  private static Optional<Integer> owner(Path path) {
    try {
      return Optional.ofNullable((Integer) Files.getAttribute(path, "unix:uid"));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> effectiveUser() {
    return words("/proc/self/status", "Uid:")
        .map(words -> Integer.parseUnsignedInt(words[2]))
        .or(() -> owner(Path.of(System.getProperty("user.home", "/"))));
  }

  /** Where the namespace does not know all users, it shows the others as one. */
  private static boolean isInUserNamespace() {
    return words("/proc/self/uid_map", "")
        .filter(words -> words.length == 3)
        .map(words -> Long.parseLong(words[2]) < ALL_USERS)
        .orElse(false);
  }

  private static Optional<Integer> unmappedUser() {
    return words("/proc/sys/kernel/overflowuid", "").map(words -> Integer.parseInt(words[0]));
  }

  private static Optional<String[]> words(String file, String start) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(start))
          .findFirst()
          .map(line -> line.strip().split("\\s+"));
    } catch (IOException | java.io.UncheckedIOException e) {
      return Optional.empty();
    }
  }
}
