package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that belong to somebody else; the store is opened by a user who is not root. */
@Tag("kernel")
class WrongOwnerTest {

  @TempDir private Path directory;

  @BeforeEach
  void needsRoot() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to be someone else");
    assumeTrue(Files.exists(Path.of("/usr/bin/setpriv")), "needs setpriv");
  }

  /** The program that runs as nobody: opens the store, and does what it is told. */
  static final class Nobody {
    private Nobody() {}

    /** Opens the store in the directory that is named. */
    public static void main(String[] arguments) throws Exception {
      try (var fixture = new Fixture(Path.of(arguments[0]))) {
        fixture.createBasics(2);
        fixture.store().revoke(Samples.key(0, 0), fixture.soon());
        fixture.grant(0, 0, Optional.empty());
        System.out.println("open");
      } catch (GatehouseException e) {
        System.out.println(e.code().id() + " " + e.problem() + " " + e.fix());
      }
    }
  }

  private String runAsNobody() throws Exception {
    var command = new ArrayList<>(List.of("setpriv", "--reuid=nobody", "--clear-groups"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED", "-cp"));
    command.add(readableClassPath());
    command.addAll(List.of(Nobody.class.getName(), directory.resolve("state").toString()));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Await.until("the end", Duration.ofMinutes(1), () -> !process.isAlive());
    return said;
  }

  /** A copy of the class path, because the user's own libraries may be closed to others. */
  private String readableClassPath() throws IOException {
    var copies = directory.resolve("class-path");
    var parts = new ArrayList<String>();
    for (var part : KillTest.classPath().split(File.pathSeparator, -1)) {
      var copy = copies.resolve(Integer.toString(parts.size()));
      parts.add(copy.toString());
      if (!Files.exists(copy)) {
        copy(Path.of(part), copy);
      }
    }
    return String.join(File.pathSeparator, parts);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (var files = Files.walk(from)) {
      for (var file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  private static void own(String user, Path... files) throws Exception {
    for (var file : files) {
      Files.setOwner(
          file, file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user));
    }
  }

  @Test
  void aStoreOfAnotherOwnerIsRefusedInASentenceAndOpensWhenThatIsMended() throws Exception {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    var state = Files.createDirectory(directory.resolve("state"));
    own("nobody", state);
    var first = runAsNobody();
    assertThat(first).contains("open");

    var database = state.resolve(SqliteStoreProvider.DEFAULT_FILE);
    own("root", database);
    assertThat(runAsNobody())
        .contains("GH-ENV-001")
        .contains("cannot be opened for writing")
        .contains("Give the file and its directory to the user the gateway runs as");

    own("nobody", database);
    own("root", state);
    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("r-xr-xr-x"));
    assertThat(runAsNobody()).contains("GH-ENV-001").doesNotContain("Exception");

    own("nobody", state);
    Files.setPosixFilePermissions(state, PosixFilePermissions.fromString("rwx------"));
    assertThat(runAsNobody()).contains("open");
  }
}
