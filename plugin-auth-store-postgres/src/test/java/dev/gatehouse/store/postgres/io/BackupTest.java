package dev.gatehouse.store.postgres.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.store.Samples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A backup is a script that makes the same store anew. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class BackupTest {

  @TempDir Path directory;
  private PostgresServer server;

  @BeforeAll
  void startServer() {
    server = PostgresServer.start("fsync=off");
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void psqlRestoresWhatWasBackedUp() throws Exception {
    var file = directory.resolve("backup.sql");
    try (var node = new Node(server.config("lost"))) {
      node.createBasics(4);
      node.grant(0, 0);
      node.grant(1, 1);
      node.store().revoke(Samples.key(1, 1), Node.soon());
      node.store().backup(file, Node.soon());
      var before = node.store().snapshot(Node.soon());
      server.execute("drop schema lost cascade");
      restore(file);
      try (var again = new Node(server.config("lost"))) {
        var after = again.store().snapshot(Node.soon());
        assertThat(after).isEqualTo(before);
        assertThat(after.version()).isEqualTo(11);
        assertThat(again.store().verify(Node.soon())).isEmpty();
        again.grant(2, 2);
      }
    }
  }

  @Test
  void aStoreThatIsPutAwayIsStillThereAndTheNextOneCountsOn() {
    var config = server.config("away");
    try (var node = new Node(config)) {
      node.createBasics(2);
      node.grant(0, 0);
    }
    var place = PostgresStore.putAway(config, Instant.parse("2026-01-02T03:04:05Z"));
    assertThat(place).contains("'away_20260102030405'");
    assertThat(server.value("select count(*) from away_20260102030405.authorizations"))
        .isEqualTo("1");
    try (var node = new Node(config)) {
      assertThat(node.store().snapshot(Node.soon()).authorizations()).isEmpty();
      assertThat(node.store().version(Node.soon())).isEqualTo(5);
      node.createBasics(1);
      assertThat(node.grant(0, 0).version()).isEqualTo(8);
      assertThat(node.store().verify(Node.soon())).isEmpty();
    }
  }

  private void restore(Path file) throws Exception {
    var psql =
        new ProcessBuilder(
            "psql",
            "-q",
            "--single-transaction",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            String.valueOf(server.port()),
            "-U",
            "gatehouse",
            "-d",
            "postgres",
            "-f",
            file.toString());
    psql.environment().put("PGPASSWORD", PostgresServer.PASSWORD);
    var process = psql.redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(Files.readString(file)).doesNotContain(PostgresServer.PASSWORD);
  }
}
