package dev.gatehouse.launcher.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lists are as Windows has them in its own folder, in another language than English. */
class WindowsAccessTest {

  private record Principal(String getName) implements UserPrincipal {}

  private static final UserPrincipal SYSTEM = new Principal("NT-AUTORITÄT\\SYSTEM");
  private static final UserPrincipal ADMINISTRATORS =
      new Principal("VORDEFINIERT\\Administratoren");
  private static final UserPrincipal INSTALLER = new Principal("NT SERVICE\\TrustedInstaller");
  private static final UserPrincipal CREATOR = new Principal("ERSTELLER-BESITZER");
  private static final UserPrincipal USERS = new Principal("VORDEFINIERT\\Benutzer");
  private static final UserPrincipal ALICE = new Principal("PC\\alice");

  private static final List<AclEntry> WINDOWS =
      List.of(
          entry(CREATOR, AclEntryPermission.WRITE_DATA, AclEntryFlag.INHERIT_ONLY),
          entry(SYSTEM, AclEntryPermission.WRITE_DATA),
          entry(SYSTEM, AclEntryPermission.WRITE_DATA, AclEntryFlag.INHERIT_ONLY),
          entry(ADMINISTRATORS, AclEntryPermission.WRITE_DATA),
          entry(USERS, AclEntryPermission.READ_DATA),
          entry(INSTALLER, AclEntryPermission.WRITE_DATA));

  private static AclEntry entry(UserPrincipal who, AclEntryPermission what, AclEntryFlag... flags) {
    return AclEntry.newBuilder()
        .setType(AclEntryType.ALLOW)
        .setPrincipal(who)
        .setPermissions(what)
        .setFlags(flags)
        .build();
  }

  @TempDir Path directory;

  @Test
  void aNewDirectoryIsForAdministratorsAndTheSystemAlone() {
    var entries = WindowsAccess.only(WINDOWS);
    assertThat(entries).extracting(AclEntry::principal).containsExactly(SYSTEM, ADMINISTRATORS);
    assertThat(entries)
        .allSatisfy(entry -> {
          assertThat(entry.permissions()).isEqualTo(EnumSet.allOf(AclEntryPermission.class));
          assertThat(entry.flags())
              .isEqualTo(Set.of(AclEntryFlag.FILE_INHERIT, AclEntryFlag.DIRECTORY_INHERIT));
        });
    assertThat(WindowsAccess.stranger(entries, ADMINISTRATORS, WINDOWS)).isEmpty();
  }

  @Test
  void whoeverElseMayReadOrWriteIsNamed() {
    for (var what :
        List.of(
            AclEntryPermission.READ_DATA,
            AclEntryPermission.WRITE_DATA,
            AclEntryPermission.WRITE_ACL)) {
      var entries = List.of(entry(SYSTEM, AclEntryPermission.WRITE_DATA), entry(USERS, what));
      assertThat(WindowsAccess.stranger(entries, ALICE, WINDOWS)).contains(USERS);
    }
  }

  @Test
  void theOwnerAndTheCreatorOfFilesAreNoStrangers() {
    var entries =
        List.of(
            entry(ALICE, AclEntryPermission.WRITE_DATA),
            entry(CREATOR, AclEntryPermission.WRITE_DATA, AclEntryFlag.INHERIT_ONLY),
            entry(USERS, AclEntryPermission.SYNCHRONIZE));
    assertThat(WindowsAccess.stranger(entries, ALICE, WINDOWS)).isEmpty();
  }

  @Test
  void aDenialIsNoPermission() {
    var denial =
        AclEntry.newBuilder()
            .setType(AclEntryType.DENY)
            .setPrincipal(USERS)
            .setPermissions(AclEntryPermission.READ_DATA)
            .build();
    assertThat(WindowsAccess.stranger(List.of(denial), ALICE, WINDOWS)).isEmpty();
  }

  @Test
  void itIsLeftAloneWhereFilesHaveModes() throws Exception {
    assertThat(WindowsAccess.applies(directory)).isFalse();
    assertThat(WindowsAccess.stranger(directory)).isEmpty();
  }
}
