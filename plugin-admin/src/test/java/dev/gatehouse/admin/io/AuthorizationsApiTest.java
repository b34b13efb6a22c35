package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthorizationsApiTest extends AdminTest {

  private static final Deadline LATE = new Deadline(Long.MAX_VALUE / 2);

  @BeforeEach
  void fillStore() {
    addClient("alice", 1);
    addClient("bob", 2);
    addResource("db", "10.0.0.5");
    addResource("git", "10.0.0.6");
  }

  private Asker.Answer grant(String client, String resource, String more) {
    return asker.post(
        "/v1/authorizations",
        "{\"client\":\"" + client + "\",\"resource\":\"" + resource + "\"" + more + "}");
  }

  @Test
  void grantLastsAsLongAsAskedFor() {
    var answer = grant("alice", "db", ",\"for\":\"8h\",\"origin\":\"cli\"");

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.text("result")).isEqualTo("granted");
    assertThat(answer.object("authorization"))
        .containsEntry("client", "alice")
        .containsEntry("resource", "db")
        .containsEntry("granted-at", "2026-01-01T00:00:00Z")
        .containsEntry("expires-at", "2026-01-01T08:00:00Z")
        .containsEntry("origin", "cli")
        .containsEntry("active", true);
  }

  @Test
  void grantWithoutEndHoldsUntilRevoked() {
    assertThat(grant("alice", "db", "").object("authorization")).doesNotContainKey("expires-at");
  }

  @Test
  void grantUntilMomentEndsThen() {
    assertThat(
            grant("alice", "db", ",\"until\":\"2026-01-02T01:00:00+01:00\"")
                .object("authorization"))
        .containsEntry("expires-at", "2026-01-02T00:00:00Z");
  }

  @Test
  void activeGrantGetsNewExpiry() {
    grant("alice", "db", ",\"for\":\"1h\"");

    var longer = grant("alice", "db", ",\"for\":\"8h\"");
    assertThat(longer.status()).isEqualTo(200);
    assertThat(longer.text("result")).isEqualTo("extended");
    assertThat(grant("alice", "db", ",\"for\":\"8h\"").text("result")).isEqualTo("unchanged");
    assertThat(grant("alice", "db", "").text("result")).isEqualTo("extended");
    assertThat(grant("alice", "db", ",\"for\":\"1m\"").text("result")).isEqualTo("shortened");
    assertThat(asker.get("/v1/authorizations").objects("authorizations")).hasSize(1);
  }

  @Test
  void expiredGrantIsGrantedAnew() {
    grant("alice", "db", ",\"for\":\"1h\"");
    house.context.time().advance(Duration.ofHours(2));

    var answer = grant("alice", "db", ",\"for\":\"1h\"");

    assertThat(answer.text("result")).isEqualTo("granted");
    assertThat(answer.object("authorization")).containsEntry("expires-at", "2026-01-01T03:00:00Z");
  }

  @Test
  void grantRevokedWhileItIsExtendedIsGrantedAnew() {
    grant("alice", "db", ",\"for\":\"1h\"");
    house.store.beforeExtend =
        () ->
            house.store.revoke(
                new AuthorizationKey(new ClientId("alice"), new ResourceId("db")), LATE);

    assertThat(grant("alice", "db", ",\"for\":\"2h\"").text("result")).isEqualTo("granted");
  }

  @Test
  void unusableTimesAreRefused() {
    assertThat(grant("alice", "db", ",\"for\":\"8 hours\"").status()).isEqualTo(400);
    assertThat(grant("alice", "db", ",\"for\":\"0h\"").status()).isEqualTo(400);
    assertThat(grant("alice", "db", ",\"for\":\"-1h\"").status()).isEqualTo(400);
    assertThat(grant("alice", "db", ",\"for\":\"999999999d\"").status()).isEqualTo(400);
    assertThat(grant("alice", "db", ",\"until\":\"tomorrow\"").status()).isEqualTo(400);
    assertThat(grant("alice", "db", ",\"until\":\"2026-01-01T00:00:00Z\"").text("problem"))
        .isEqualTo("The moment 2026-01-01T00:00:00Z has passed already.");
    assertThat(grant("alice", "db", ",\"for\":\"1h\",\"until\":\"2027-01-01T00:00:00Z\"").status())
        .isEqualTo(400);
    assertThat(asker.get("/v1/authorizations").objects("authorizations")).isEmpty();
  }

  @Test
  void grantForUnknownClientOrResourceIsNotFound() {
    assertThat(grant("nobody", "db", "").status()).isEqualTo(404);
    assertThat(grant("alice", "nothing", "").status()).isEqualTo(404);
  }

  @Test
  void listingSaysWhatCountsAndCanBeNarrowed() {
    grant("alice", "db", ",\"for\":\"1h\"");
    grant("alice", "git", "");
    grant("bob", "db", "");
    house.context.time().advance(Duration.ofHours(1));

    var all = asker.get("/v1/authorizations").objects("authorizations");
    assertThat(all).extracting(a -> a.get("active")).containsExactly(false, true, true);
    assertThat(asker.get("/v1/authorizations?client=alice").objects("authorizations")).hasSize(2);
    assertThat(asker.get("/v1/authorizations?resource=db").objects("authorizations")).hasSize(2);
    assertThat(asker.get("/v1/authorizations?client=bob&resource=git").objects("authorizations"))
        .isEmpty();
  }

  @Test
  void listingIsPagedByCursor() {
    grant("alice", "db", "");
    grant("alice", "git", "");
    grant("bob", "db", "");

    var first = asker.get("/v1/authorizations?limit=2");
    assertThat(first.objects("authorizations")).hasSize(2);
    var rest =
        asker.get("/v1/authorizations?limit=2&cursor=" + first.text("next").replace(" ", "%20"));
    assertThat(rest.objects("authorizations"))
        .extracting(a -> a.get("client"))
        .containsExactly("bob");
  }

  @Test
  void revokedGrantIsGone() {
    grant("alice", "db", "");

    assertThat(asker.delete("/v1/authorizations/alice/db").json()).containsEntry("revoked", 1);
    assertThat(asker.get("/v1/authorizations").objects("authorizations")).isEmpty();
    assertThat(asker.delete("/v1/authorizations/alice/db").status()).isEqualTo(404);
  }

  @Test
  void everythingOfClientOrResourceIsRevokedAtOnce() {
    grant("alice", "db", "");
    grant("alice", "git", "");
    grant("bob", "db", "");

    assertThat(asker.delete("/v1/authorizations?client=alice").json()).containsEntry("revoked", 2);
    assertThat(asker.delete("/v1/authorizations?resource=db").json()).containsEntry("revoked", 1);
    assertThat(asker.delete("/v1/authorizations?resource=db").json()).containsEntry("revoked", 0);
  }

  @Test
  void revokingOfEverythingMustBeSaidForOne() {
    grant("alice", "db", "");

    assertThat(asker.delete("/v1/authorizations").status()).isEqualTo(400);
    assertThat(asker.delete("/v1/authorizations?client=alice&resource=db").status()).isEqualTo(400);
    assertThat(asker.delete("/v1/authorizations?client=alic").status()).isEqualTo(404);
    assertThat(asker.delete("/v1/authorizations?resource=dbs").status()).isEqualTo(404);
    assertThat(asker.delete("/v1/authorizations?clint=alice").status()).isEqualTo(400);
    assertThat(asker.get("/v1/authorizations").objects("authorizations")).hasSize(1);
  }
}
