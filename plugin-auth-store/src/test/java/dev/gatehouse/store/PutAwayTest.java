package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.store.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the provider does for {@code gatehouse store restore} and {@code migrate}. */
class PutAwayTest {

  @TempDir private Path directory;

  private final SqliteStoreProvider provider = new SqliteStoreProvider();
  private long reached;

  @BeforeEach
  void fill() throws InterruptedException {
    try (var fixture = new Fixture(directory)) {
      fixture.createBasics(3);
      fixture.grant(0, 0, Optional.empty());
      reached = fixture.store().version(fixture.soon());
    }
  }

  private Optional<String> putAway() {
    try (var context = new TestContext("sqlite", directory)) {
      return provider.putAway(SqliteStoreConfig.defaults(), context);
    }
  }

  private Path database() {
    return directory.resolve(SqliteStoreProvider.DEFAULT_FILE);
  }

  private void assertEmptyAndFurtherOn() throws InterruptedException {
    try (var fixture = new Fixture(directory)) {
      assertThat(fixture.store().snapshot(fixture.soon()).clients()).isEmpty();
      assertThat(fixture.store().version(fixture.soon())).isGreaterThan(reached);
      assertThat(fixture.store().changes(reached, 10, fixture.soon()))
          .singleElement()
          .isInstanceOf(StoreChange.Gap.class);
      assertThat(fixture.store().verify(fixture.soon())).isEmpty();
      fixture.createBasics(1);
    }
    new Fixture(directory).close();
  }

  @Test
  void anEmptyStoreTakesItsPlaceAndVersionsGoOn() throws Exception {
    var aside = Path.of(putAway().orElseThrow());
    assertEmptyAndFurtherOn();
    var elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.copy(aside, elsewhere.resolve(SqliteStoreProvider.DEFAULT_FILE));
    try (var fixture = new Fixture(elsewhere)) {
      assertThat(fixture.authorizations()).containsOnlyKeys(Samples.key(0, 0));
    }
  }

  @Test
  void aDamagedStoreCanBePutAwayToo() throws Exception {
    var rubbish = "no database at all".repeat(500).getBytes(StandardCharsets.US_ASCII);
    for (var damage : List.of(new byte[0], rubbish)) {
      Files.write(database(), damage);
      assertThatThrownBy(() -> new Fixture(directory).close())
          .isInstanceOf(GatehouseException.class);
      assertThat(putAway()).isPresent();
      assertEmptyAndFurtherOn();
    }
    Files.delete(database());
    assertThat(putAway()).isPresent();
    assertEmptyAndFurtherOn();
  }

  @Test
  void nothingIsForOthersToRead() throws IOException {
    assertThat(putAway()).isPresent();
    try (var files = Files.list(directory)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .as(file.toString())
            .isEqualTo("rw-------");
      }
    }
  }

  @Test
  void aStoreInUseIsLeftAlone() throws Exception {
    try (var fixture = new Fixture(directory)) {
      assertThatThrownBy(this::putAway).hasMessageContaining("in use by another process");
      fixture.grant(1, 1, Optional.empty());
    }
    try (var fixture = new Fixture(directory)) {
      assertThat(fixture.authorizations()).hasSize(2);
    }
  }

  @Test
  void whereThereIsNoStoreThereIsNothingToPutAway() throws Exception {
    var nowhere = Files.createDirectory(directory.resolve("nowhere"));
    try (var context = new TestContext("sqlite", nowhere)) {
      assertThat(provider.putAway(SqliteStoreConfig.defaults(), context)).isEmpty();
    }
  }

  @Test
  void aBackupIsReadWithoutBeingChanged() throws Exception {
    var backup = directory.resolve("backup.db");
    try (var fixture = new Fixture(directory)) {
      fixture.store().backup(backup, fixture.soon());
    }
    var before = Files.readAllBytes(backup);
    var scratch = Files.createDirectory(directory.resolve("scratch"));
    try (var context = new TestContext("sqlite", scratch);
        var store = provider.openBackup(backup, context).orElseThrow()) {
      store.start();
      var soon = dev.gatehouse.api.Deadline.after(java.time.Duration.ofMinutes(1), context.time());
      assertThat(store.snapshot(soon).clients()).hasSize(3);
      store.stop();
    }
    assertThat(Files.readAllBytes(backup)).isEqualTo(before);
    var other = Files.writeString(directory.resolve("other.txt"), "SQLite format 2");
    try (var context = new TestContext("sqlite", scratch)) {
      assertThat(provider.openBackup(other, context)).isEmpty();
    }
  }
}
