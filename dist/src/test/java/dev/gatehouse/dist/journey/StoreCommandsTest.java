package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code gatehouse store} while no gateway runs. */
class StoreCommandsTest {

  private static final int STATE = 6;
  private static final int REQUEST = 7;

  private static final String SECRET = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";
  private static final String EXPORT =
      """
      {"gatehouse-store":1,"clients":2,"resources":1,"authorizations":2}
      {"client":"alice","name":"Alice","public-key":"YWxpY2VhbGljZWFsaWNlYWxpY2VhbGljZWFsaWNlYWw=","preshared-key":"%s","addresses":["100.64.0.2"]}
      {"client":"bob","name":"Bob","public-key":"Ym9iYm9iYm9iYm9iYm9iYm9iYm9iYm9iYm9iYm9iYm8=","addresses":["100.64.0.3"]}
      {"resource":"wiki","name":"Wiki","network":"10.0.0.0/24","filters":["tcp/443"]}
      {"authorization":["alice","wiki"],"granted-at":"2026-01-01T00:00:00Z","origin":"test"}
      {"authorization":["bob","wiki"],"granted-at":"2026-01-01T00:00:00Z","expires-at":"2099-01-01T00:00:00Z","origin":"test"}
      """
          .formatted(SECRET);
  private static final String ALL = "2 clients, 1 resource, 2 authorizations";

  @TempDir Path directory;

  @BeforeEach
  void fill() throws IOException {
    config("first");
    config("second");
    Files.writeString(directory.resolve("export.jsonl"), EXPORT);
    assertThat(store("first", "import", "export.jsonl").out()).contains("Added " + ALL);
  }

  private void config(String name) throws IOException {
    Files.writeString(
        directory.resolve(name + ".toml"), "state-directory = \"" + name + "-state\"\n");
  }

  private Outcome attempt(String config, String... arguments) throws Exception {
    var all = new ArrayList<>(List.of("store"));
    for (var argument : arguments) {
      all.add(argument.contains(".") ? directory.resolve(argument).toString() : argument);
    }
    all.addAll(List.of("--config", directory.resolve(config + ".toml").toString()));
    var outcome = BadInputTest.run(Bundle.program(), all.toArray(String[]::new));
    assertThat(outcome.toString()).doesNotContain(SECRET).doesNotContain("\tat ");
    return outcome;
  }

  private Outcome store(String config, String... arguments) {
    try {
      var outcome = attempt(config, arguments);
      assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
      return outcome;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void refused(int code, String sentence, String config, String... arguments)
      throws Exception {
    var outcome = attempt(config, arguments);
    assertThat(outcome.exitCode()).as(outcome.toString()).isEqualTo(code);
    assertThat(outcome.toString()).contains(sentence);
  }

  private String exported(String config, String file) throws IOException {
    store(config, "export", file);
    var lines = Files.readAllLines(directory.resolve(file));
    return String.join("\n", lines.subList(1, lines.size())) + "\n";
  }

  private static String body(String export) {
    return export.substring(export.indexOf('\n') + 1);
  }

  @Test
  void aStoreIsMovedAndMovedBackWithOneCommandEach() throws Exception {
    var moved = store("first", "migrate", "--to", "second.toml");
    assertThat(moved.out())
        .contains("Verified: " + ALL + " are the same in both.")
        .contains("put aside");
    assertThat(exported("second", "there.jsonl")).isEqualTo(body(EXPORT));
    assertThat(exported("first", "left.jsonl")).isBlank();

    assertThat(store("second", "migrate", "--to", "first.toml").out()).contains("Verified: " + ALL);
    assertThat(exported("first", "back.jsonl")).isEqualTo(body(EXPORT));
    assertThat(store("first", "verify").out()).contains("The store is sound.");

    store("first", "migrate", "--to", "second.toml", "--keep-source");
    refused(REQUEST, "is not empty", "first", "migrate", "--to", "second.toml");
    refused(REQUEST, "the same store", "first", "migrate", "--to", "first.toml");
    refused(REQUEST, "neither a configuration file nor", "first", "migrate", "--to", "oracle");
  }

  @Test
  void filesAreForTheirOwnerOnlyAndNeverOverwritten() throws Exception {
    store("first", "export", "out.jsonl");
    store("first", "backup", "out.db");
    for (var file : List.of("out.jsonl", "out.db")) {
      var mode = Files.getPosixFilePermissions(directory.resolve(file));
      assertThat(PosixFilePermissions.toString(mode)).as(file).isEqualTo("rw-------");
    }
    var before = Files.readAllBytes(directory.resolve("out.db"));
    refused(5, "exists already", "first", "export", "out.jsonl");
    refused(REQUEST, "exists", "first", "backup", "out.db");
    assertThat(Files.readAllBytes(directory.resolve("out.db"))).isEqualTo(before);
  }

  @Test
  void aDamagedStoreIsReplacedByABackupOnlyWhenTheOperatorSaysSo() throws Exception {
    store("first", "backup", "saved.db");
    var database = directory.resolve("first-state/authorizations.db");
    var bytes = Files.readAllBytes(database);
    Arrays.fill(bytes, 4096, bytes.length, (byte) 0x5a);
    Files.write(database, bytes);

    refused(STATE, "damaged", "first", "verify");
    refused(STATE, "--accept-lost-revocations", "first", "restore", "saved.db");
    assertThat(Files.readAllBytes(database)).isEqualTo(bytes);

    var restored = store("first", "restore", "saved.db", "--accept-lost-revocations");
    assertThat(restored.out()).contains("put aside").contains("the store holds " + ALL);
    assertThat(exported("first", "after.jsonl")).isEqualTo(body(EXPORT));
    try (var files = Files.list(directory.resolve("first-state"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .anyMatch(name -> name.startsWith("authorizations.db.put-away-"));
    }
  }

  @Test
  void aRestoreKeepsEndedWhatEndedSince() throws Exception {
    store("first", "backup", "saved.db");
    // Bob's access ends, and a client is gone: the store becomes what this file says.
    Files.writeString(
        directory.resolve("less.jsonl"),
        EXPORT
            .replace("\"authorizations\":2", "\"authorizations\":1")
            .replaceAll("\\{\"authorization\":\\[\"bob.*\n", ""));
    store("first", "restore", "less.jsonl");

    var restored = store("first", "restore", "saved.db");
    assertThat(restored.out())
        .contains("Stay ended", "  bob wiki", "2 clients, 1 resource, 1 authorization.");

    assertThat(store("first", "restore", "saved.db", "--bring-back-ended").out())
        .contains("the store holds " + ALL);
  }

  @Test
  void whatIsNoBackupIsRefused() throws Exception {
    Files.writeString(directory.resolve("other.txt"), "hello");
    refused(REQUEST, "neither an export nor a backup", "first", "restore", "other.txt");
    refused(REQUEST, "does not exist", "first", "import", "none.jsonl");
    Files.writeString(directory.resolve("cut.jsonl"), EXPORT.substring(0, EXPORT.length() - 200));
    refused(REQUEST, "is wrong in line", "first", "restore", "cut.jsonl");
    assertThat(exported("first", "same.jsonl")).isEqualTo(body(EXPORT));
  }
}
