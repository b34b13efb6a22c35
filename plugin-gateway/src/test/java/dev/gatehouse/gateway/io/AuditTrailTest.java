package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.testkit.ManualTime;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTrailTest {

  @TempDir private Path directory;
  private final FakeStore store = new FakeStore();
  private final ManualTime time = new ManualTime();
  private boolean full;
  private AuditTrail trail;

  @BeforeEach
  void open() {
    trail = trail();
  }

  private AuditTrail trail() {
    return new AuditTrail(
        store,
        time,
        new LogFile(directory.resolve("audit"), 1 << 20, 3) {
          @Override
          void append(FileChannel out, ByteBuffer bytes) throws IOException {
            if (full) {
              throw new IOException("No space left on device");
            }
            super.append(out, bytes);
          }
        });
  }

  private List<String> events() throws IOException {
    return Files.readAllLines(directory.resolve("audit")).stream()
        .map(line -> new JsonObject(line).getString("event"))
        .toList();
  }

  private void authorize(Duration span) {
    store.put(
        new Authorization(
            Bench.key("laptop", "web"), time.now(), Optional.of(time.now().plus(span)), "cli"));
  }

  @Test
  void everyChangeIsALineInItsOrder() throws IOException {
    trail.follow();
    store.put(Bench.client("laptop", 10));
    store.put(Bench.resource("web", "10.0.0.0/24", "tcp/80"));
    authorize(Duration.ofHours(1));
    var granted = store.contents().authorizations().getFirst();
    store.put(
        new Authorization(granted.key(), granted.grantedAt(), Optional.empty(), granted.origin()));
    store.put(Bench.resource("web", "10.0.0.0/25", "tcp/80"));
    store.revoke(Bench.key("laptop", "web"));
    time.advance(Duration.ofSeconds(5));
    authorize(Duration.ofHours(1));
    store.removeClient(new ClientId("laptop"), Deadline.after(Duration.ofSeconds(1), time));
    trail.follow();

    assertThat(events())
        .containsExactly(
            "baseline",
            "client-added",
            "resource-added",
            "authorization-granted",
            "authorization-extended",
            "resource-changed",
            "authorization-revoked",
            "authorization-granted",
            "client-removed");
    assertThat(Files.readAllLines(directory.resolve("audit")).get(3))
        .contains("\"client\":\"laptop\"", "\"origin\":\"cli\"", "\"expires-at\"", "\"version\":3");
    assertThat(trail.version()).isEqualTo(8);
  }

  @Test
  void aRestartGoesOnWhereTheFileEnds() throws IOException {
    trail.follow();
    store.put(Bench.client("laptop", 10));
    trail.follow();
    trail.close();
    store.put(Bench.resource("web", "10.0.0.0/24"));
    authorize(Duration.ofHours(1));

    trail = trail();
    trail.follow();
    store.put(Bench.resource("web", "10.0.0.0/25"));
    trail.follow();

    assertThat(events())
        .containsExactly(
            "baseline", "client-added", "resource-set", "authorization-set", "resource-changed");
  }

  @Test
  void whatTheStoreHasForgottenIsToldAsMissing() throws IOException {
    trail.follow();
    store.put(Bench.client("laptop", 10));
    store.forgetChanges();
    trail.follow();
    store.put(Bench.client("phone", 11));
    trail.follow();

    assertThat(events()).containsExactly("baseline", "changes-missing", "client-added");
  }

  @Test
  void aFullDiskLosesNothing() throws IOException {
    trail.follow();
    full = true;
    store.put(Bench.client("laptop", 10));
    trail.follow();
    store.put(Bench.client("phone", 11));
    trail.follow();
    assertThat(trail.problem().orElseThrow()).contains("No space left", "since version 0");

    full = false;
    trail.follow();

    assertThat(trail.problem()).isEmpty();
    assertThat(events()).containsExactly("baseline", "client-added", "client-added");
  }

  @Test
  void aSilentStoreIsNoProblemOfTheLog() throws IOException {
    trail.follow();
    store.down = true;
    trail.follow();
    assertThat(trail.problem()).isEmpty();
    store.down = false;
    store.put(Bench.client("laptop", 10));
    trail.note(new JsonObject().put("event", "gateway-stopped"));
    trail.follow();
    assertThat(events()).containsExactly("baseline", "gateway-stopped", "client-added");
  }
}
