package dev.gatehouse.launcher.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who may use a directory on Windows. Files there have no mode; they inherit from their directory.
 * Names of groups differ between languages, so whoever may change Windows itself stands for the
 * administrators and the system account. Never run on Windows yet; tested on lists of entries.
 */
final class WindowsAccess {

  private static final Set<AclEntryPermission> READING_OR_CHANGING =
      EnumSet.of(
          AclEntryPermission.READ_DATA,
          AclEntryPermission.WRITE_DATA,
          AclEntryPermission.APPEND_DATA,
          AclEntryPermission.DELETE_CHILD,
          AclEntryPermission.WRITE_ACL,
          AclEntryPermission.WRITE_OWNER);

  private static final String SERVICES = "NT SERVICE\\";

  private WindowsAccess() {}

  /** Whether a path lies where files have such lists. */
  static boolean applies(Path path) throws IOException {
    return path.getFileSystem().supportedFileAttributeViews().contains("acl")
        && Files.getFileStore(path).supportsFileAttributeView("acl");
  }

  /** For a new directory: administrators and the system account alone. */
  static FileAttribute<List<AclEntry>> administratorsOnly() throws IOException {
    var entries = only(ofWindows());
    return new FileAttribute<>() {
      @Override
      public String name() {
        return "acl:acl";
      }

      @Override
      public List<AclEntry> value() {
        return entries;
      }
    };
  }

  /** Somebody else than administrators, the system account and the owner who may use it. */
  static Optional<UserPrincipal> stranger(Path directory) throws IOException {
    var view = Files.getFileAttributeView(directory, AclFileAttributeView.class);
    return view == null ? Optional.empty() : stranger(view.getAcl(), view.getOwner(), ofWindows());
  }

  private static List<AclEntry> ofWindows() throws IOException {
    var root = System.getenv("SystemRoot");
    var directory = Path.of(root == null ? "C:\\Windows" : root, "System32");
    return Files.getFileAttributeView(directory, AclFileAttributeView.class).getAcl();
  }

  /**
   * Entries that give everything to whoever may change Windows, and nothing to others.
   *
   * @param windows the entries of the directory of Windows itself
   */
  static List<AclEntry> only(List<AclEntry> windows) {
    return windows.stream()
        .filter(WindowsAccess::mayChange)
        .filter(entry -> !entry.flags().contains(AclEntryFlag.INHERIT_ONLY))
        .map(AclEntry::principal)
        .filter(principal -> !principal.getName().startsWith(SERVICES))
        .distinct()
        .map(principal ->
            AclEntry.newBuilder()
                .setType(AclEntryType.ALLOW)
                .setPrincipal(principal)
                .setPermissions(EnumSet.allOf(AclEntryPermission.class))
                .setFlags(AclEntryFlag.FILE_INHERIT, AclEntryFlag.DIRECTORY_INHERIT)
                .build())
        .toList();
  }

  /** Somebody who may read or change, other than the owner and whoever may change Windows. */
  static Optional<UserPrincipal> stranger(
      List<AclEntry> entries, UserPrincipal owner, List<AclEntry> windows) {
    var trusted =
        windows.stream()
            .filter(WindowsAccess::mayChange)
            .map(AclEntry::principal)
            .collect(Collectors.toSet());
    return entries.stream()
        .filter(entry -> entry.type() == AclEntryType.ALLOW)
        .filter(entry -> entry.permissions().stream().anyMatch(READING_OR_CHANGING::contains))
        .map(AclEntry::principal)
        .filter(principal -> !principal.equals(owner) && !trusted.contains(principal))
        .findFirst();
  }

  private static boolean mayChange(AclEntry entry) {
    return entry.type() == AclEntryType.ALLOW
        && entry.permissions().contains(AclEntryPermission.WRITE_DATA);
  }
}
