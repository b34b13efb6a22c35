package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class StoreApiTest extends AdminTest {

  static Asker.Answer await(Asker asker, String task) {
    var path = "/v1/store/tasks/" + task;
    Await.until(
        "the task",
        Duration.ofSeconds(10),
        () -> !Boolean.FALSE.equals(asker.get(path).json().get("done")));
    return asker.get(path);
  }

  private static String backupTo(String file) {
    return "{\"file\":\"" + file + "\"}";
  }

  @Test
  void aBackupIsATaskBecauseItMayTakeLong() {
    house.store.working = new CompletableFuture<>();

    var begun = asker.post("/v1/store/backup", backupTo("/var/b"));

    assertThat(begun.status()).isEqualTo(202);
    assertThat(begun.json()).containsEntry("task", "backup-1").containsEntry("done", false);
    assertThat(asker.get("/v1/store/tasks/backup-1").json()).containsEntry("done", false);
    var second = asker.post("/v1/store/backup", backupTo("/var/c"));
    assertThat(second.status()).isEqualTo(409);
    assertThat(second.text("problem")).contains("under way already");
    house.store.working.complete(true);
    assertThat(await(asker, "backup-1").json()).containsEntry("done", true);
    assertThat(house.store.backups).containsExactly(Path.of("/var/b"));
  }

  @Test
  void whatTheStoreRefusesIsToldInItsWords() {
    asker.post("/v1/store/backup", backupTo("/var/b"));
    await(asker, "backup-1");
    asker.post("/v1/store/backup", backupTo("/var/b"));
    var refused = await(asker, "backup-2");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text("problem")).isEqualTo("The file '/var/b' exists.");
  }

  @Test
  void aBackupNeedsAnAbsolutePath() {
    for (var file : List.of("b", "../b", "\\u0000")) {
      var refused = asker.post("/v1/store/backup", backupTo(file));
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.text("problem")).contains("absolute");
    }
    assertThat(house.store.backups).isEmpty();
  }

  @Test
  void aVerificationListsProblems() {
    house.store.problems = List.of("A row is missing.");
    asker.post("/v1/store/verify", "{}");
    assertThat(await(asker, "verification-1").json())
        .containsEntry("problems", List.of("A row is missing."));
  }
}
