package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.store.StoreChange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.JDBC;

/** The files of the SQLite store: who may read them, and which ones it refuses. */
class SqliteStoreFilesTest {

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve(SqliteStoreProvider.DEFAULT_FILE);
  }

  private void assertRefused(StandardErrorCode code, String problem) {
    assertThatThrownBy(() -> new Fixture(directory).close())
        .isInstanceOfSatisfying(
            GatehouseException.class,
            e -> {
              assertThat(e.code()).isEqualTo(code);
              assertThat(e).hasMessageContaining(problem);
              assertThat(e.fix()).endsWith(".");
            });
  }

  private void fill() throws InterruptedException {
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(3);
      fixture.grant(0, 0, Optional.empty());
    }
  }

  private void sql(String... statements) throws SQLException {
    try (var connection = JDBC.createConnection("jdbc:sqlite:" + file(), new Properties());
        var statement = connection.createStatement()) {
      for (var text : statements) {
        statement.execute(text);
      }
    }
  }

  @Test
  void onlyTheOwnerMayReadTheFiles() throws Exception {
    assumeTrue(
        directory.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "needs POSIX permissions");
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(2);
      try (var files = Files.list(directory)) {
        for (var path : files.toList()) {
          var permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
          assertThat(permissions)
              .as(path.toString())
              .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
        }
      }
    }
  }

  @Test
  void aFileThatOthersMayReadIsClosedToThem() throws Exception {
    assumeTrue(
        directory.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "needs POSIX permissions");
    fill();
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
    try (var fixture = new Fixture(directory)) {
      assertThat(fixture.authorizations()).hasSize(1);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void theDriversPropertyIsLeftAlone() throws Exception {
    fill();
    assertThat(System.getProperty("org.sqlite.tmpdir")).isNull();
  }

  @Test
  void aSecondStoreOnTheSameFileIsRefused() throws Exception {
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(1);
      assertRefused(StandardErrorCode.STATE_LOCKED, "in use by another process");
      fixture.createBasics(2);
      assertThat(fixture.store().snapshot(fixture.soon()).clients()).hasSize(2);
    }
    new Fixture(directory).close();
  }

  @Test
  void aNewerSchemaIsRefusedAndLeftAsItIs() throws Exception {
    fill();
    sql("PRAGMA user_version = 2");
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "newer release (schema 2)");
    sql("PRAGMA user_version = 1");
    try (var fixture = new Fixture(directory)) {
      assertThat(fixture.authorizations()).hasSize(1);
    }
  }

  @Test
  void someoneElsesDatabaseIsRefused() throws Exception {
    sql("CREATE TABLE precious (value TEXT)");
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "not a store of Gatehouse");
    sql("SELECT * FROM precious");
  }

  @Test
  void aFileThatIsNoDatabaseIsRefused() throws Exception {
    Files.writeString(file(), "This is a text, not a database. ".repeat(200));
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "not a sound SQLite database");
  }

  @Test
  void aChangedRowIsRefused() throws Exception {
    fill();
    sql("UPDATE authorizations SET version = version + 1");
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "damaged");
  }

  @Test
  void aRowThatWasPutInIsRefused() throws Exception {
    fill();
    sql(
        "INSERT INTO authorizations SELECT 'client-1', resource, version, seal, body"
            + " FROM authorizations");
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "damaged");
  }

  @Test
  void aFileThatWasLostIsNotTakenForAnEmptyStore() throws Exception {
    fill();
    Files.delete(file());
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "had reached version");
    Files.delete(directory.resolve(SqliteStoreProvider.DEFAULT_FILE + ".head"));
    new Fixture(directory).close();
  }

  @Test
  void aFirstStartThatWasCutShortDoesNoHarm() throws Exception {
    new Fixture(directory).close();
    var head = directory.resolve(SqliteStoreProvider.DEFAULT_FILE + ".head");
    Files.write(head, new byte[0]);
    new Fixture(directory).close();
    Files.write(head, new byte[700]);
    fill();
    Files.write(head, new byte[700]);
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "does not say how far");
  }

  @Test
  void anOlderCopyIsNotTakenForTheNewestState() throws Exception {
    fill();
    var old = Files.readAllBytes(file());
    try (var fixture = new Fixture(directory)) {
      fixture.store().revokeClient(dev.gatehouse.testkit.store.Samples.clientId(0), fixture.soon());
    }
    Files.write(file(), old);
    assertRefused(StandardErrorCode.STATE_UNREADABLE, "had reached");
  }

  @Test
  void aDirectoryThatDoesNotExistIsASentence() {
    var config =
        new SqliteStoreConfig(
            Optional.of(directory.resolve("no/such/place.db")), Duration.ZERO, 100);
    assertThatThrownBy(() -> new Fixture(directory, config).close())
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("cannot be created or opened");
  }

  @Test
  void aBackupOpensAsAStoreWithTheSameContents() throws Exception {
    var restored = Files.createDirectory(directory.resolve("restored"));
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(10);
      for (int i = 0; i < 10; i++) {
        fixture.grant(i, 9 - i, Optional.of(fixture.context().time().now().plusSeconds(60 + i)));
      }
      var copy = restored.resolve(SqliteStoreProvider.DEFAULT_FILE);
      fixture.store().backup(copy, fixture.soon());
      var before = fixture.store().snapshot(fixture.soon());
      try (var second = new Fixture(restored)) {
        var after = second.store().snapshot(second.soon());
        assertThat(after.version()).isEqualTo(before.version());
        assertThat(after.clients()).isEqualTo(before.clients());
        assertThat(after.resources()).isEqualTo(before.resources());
        assertThat(after.authorizations()).isEqualTo(before.authorizations());
        assertThat(second.store().changes(0, 10, second.soon()))
            .containsExactly(new StoreChange.Gap(before.version()));
        assertThat(second.store().verify(second.soon())).isEmpty();
      }
    }
    try (var files = Files.list(restored)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.endsWith("-journal"));
    }
  }

  @Test
  void theChangeLogIsBounded() throws Exception {
    var config = new SqliteStoreConfig(Optional.empty(), Duration.ZERO, 100);
    try (var fixture = new Fixture(directory, config)) {
      fixture.createBasics(80);
      assertThat(fixture.store().changes(0, 10, fixture.soon()))
          .containsExactly(new StoreChange.Gap(60));
      assertThat(fixture.store().changes(60, 1000, fixture.soon())).hasSize(100);
    }
    sql("PRAGMA quick_check");
    try (var connection = JDBC.createConnection("jdbc:sqlite:" + file(), new Properties());
        var statement = connection.createStatement();
        var count = statement.executeQuery("SELECT count(*) FROM changes")) {
      assertThat(count.next()).isTrue();
      assertThat(count.getInt(1)).isBetween(100, 110);
    }
  }

  private static long transactions(Fixture fixture) {
    return (long) fixture.store().status().getOrDefault("transactions", 0L);
  }

  @Test
  void writesThatComeTogetherShareTransactions() throws Exception {
    try (var fixture = new Fixture(directory);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      fixture.createBasics(32);
      long before = transactions(fixture);
      for (int i = 0; i < 32; i++) {
        int client = i;
        var unused =
            threads.submit(() -> {
              for (int resource = 0; resource < 20; resource++) {
                fixture.grant(client, resource, Optional.empty());
              }
            });
        assertThat(unused).isNotNull();
      }
      threads.shutdown();
      assertThat(threads.awaitTermination(1, java.util.concurrent.TimeUnit.MINUTES)).isTrue();
      long transactions = transactions(fixture) - before;
      assertThat(fixture.authorizations()).hasSize(640);
      assertThat(transactions).isLessThan(320);
    }
  }

  @Test
  void nothingIsLeftOpenAfterClose() throws IOException, InterruptedException {
    fill();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("store-writer"));
    var descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors), "needs /proc");
    var open = new ArrayList<String>();
    try (var links = Files.list(descriptors)) {
      for (var link : links.toList()) {
        if (Files.isSymbolicLink(link)) {
          open.add(Files.readSymbolicLink(link).toString());
        }
      }
    }
    assertThat(open).noneMatch(target -> target.contains(file().toString()));
  }
}
