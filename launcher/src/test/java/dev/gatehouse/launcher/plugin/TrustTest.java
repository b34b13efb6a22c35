package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may change a plugin. */
class TrustTest {

  @TempDir Path work;

  private Path plugin = Path.of("");
  private Path jar = Path.of("");
  private Set<Integer> users = Set.of();

  @BeforeEach
  void aPluginDirectory() throws IOException {
    assumeTrue(
        Files.getFileStore(work).supportsFileAttributeView("unix"), "a system without owners");
    plugin = Files.createDirectories(work.resolve("above/plugins/greeter"));
    jar = Files.write(plugin.resolve("a.jar"), new byte[3]);
    users = Set.copyOf(List.of(0, uid(work)));
  }

  private static int uid(Path path) throws IOException {
    return ((Number) Objects.requireNonNull(Files.getAttribute(path, "unix:uid"))).intValue();
  }

  private Optional<String> problem() throws IOException {
    return new Trust(users, Path.of("/elsewhere/gatehouse.jar")).problem(plugin, List.of(jar));
  }

  private static void mode(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void whatItsOwnerAloneMayWriteIsTrustedAlsoBelowAStickyDirectory() throws IOException {
    assertThat(problem()).isEmpty();

    Files.setAttribute(work.resolve("above"), "unix:mode", 01777);
    assertThat(problem()).isEmpty();
  }

  @Test
  void whatEverybodyMayWriteIsNot() throws IOException {
    mode(jar, "rw-r--rw-");
    assertThat(problem())
        .get()
        .asString()
        .contains("may write " + jar)
        .contains("chmod o-w " + jar);
    mode(jar, "rw-r--r--");
    mode(plugin, "rwxr-xrwx");
    assertThat(problem()).get().asString().contains("may write " + plugin + ";");
  }

  @Test
  void aDirectoryAboveThatEverybodyMayWriteCountsAsWell() throws IOException {
    mode(work.resolve("above"), "rwxr-xrwx");

    assertThat(problem()).get().asString().contains("may write " + work.resolve("above") + ";");
  }

  @Test
  void whatLeadsToGatehouseItselfIsNotLookedAt() throws IOException {
    mode(work.resolve("above"), "rwxrwxrwx");
    var own = work.resolve("above/lib/gatehouse.jar");

    assertThat(new Trust(users, own).problem(plugin, List.of(jar))).isEmpty();
    mode(work.resolve("above/plugins"), "rwxrwxrwx");
    assertThat(new Trust(users, own).problem(plugin, List.of(jar)))
        .get()
        .asString()
        .contains("may write " + work.resolve("above/plugins") + ";");
  }

  @Test
  void aStickyPluginDirectoryIsNotEnough() throws IOException {
    Files.setAttribute(plugin, "unix:mode", 01777);

    assertThat(problem()).get().asString().contains("may write " + plugin + ";");
  }

  @Test
  void aStrangersFileIsNotTrusted() throws IOException {
    assumeTrue(users.equals(Set.of(0)), "only root can give files away");
    Files.setAttribute(jar, "unix:uid", 65533);
    assertThat(problem()).get().asString().contains(jar + " belongs to").contains("chown root");

    Files.setAttribute(jar, "unix:uid", 0);
    Files.setAttribute(work.resolve("above"), "unix:uid", 65533);
    assertThat(problem()).get().asString().contains(work.resolve("above") + " belongs to");
  }

  @Test
  void filesOfRootAreTrustedByAServiceOfItsOwn() throws IOException {
    assumeTrue(users.equals(Set.of(0)), "only root can give files away");

    assertThat(new Trust(Set.of(0, 65533), Path.of("/elsewhere")).problem(plugin, List.of(jar)))
        .isEmpty();
    Files.setAttribute(jar, "unix:uid", 65533);
    assertThat(new Trust(Set.of(0, 65533), Path.of("/elsewhere")).problem(plugin, List.of(jar)))
        .isEmpty();
  }

  @Test
  void aGroupThatMayWriteIsNotTrustedUnlessItIsTheOwnersOwn() throws IOException {
    mode(jar, "rw-rw-r--");
    assumeTrue(users.equals(Set.of(0)), "only root can give files away");
    assertThat(problem()).isEmpty(); // root's own group

    Files.setAttribute(jar, "unix:gid", 65533);
    assertThat(problem()).get().asString().contains("the group").contains("chmod g-w " + jar);
  }

  @Test
  void aLinkIsJudgedByWhereItLeads() throws IOException {
    var elsewhere = Files.createDirectories(work.resolve("elsewhere"));
    var real = Files.write(elsewhere.resolve("real.jar"), new byte[3]);
    Files.delete(jar);
    Files.createSymbolicLink(jar, real);
    assertThat(problem()).isEmpty();

    mode(elsewhere, "rwxr-xrwx");
    assertThat(problem()).get().asString().contains("may write " + elsewhere + ";");
  }
}
