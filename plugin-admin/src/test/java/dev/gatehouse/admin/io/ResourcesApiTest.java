package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResourcesApiTest extends AdminTest {

  private static final Deadline LATE = new Deadline(Long.MAX_VALUE / 2);
  private static final ResourceId GIT = new ResourceId("git");

  @Test
  void resourceIsKeptAsItWasGiven() {
    var answer =
        asker.post(
            "/v1/resources",
            "{\"id\":\"git\",\"name\":\"Our code\",\"destination\":\"10.1.2.0/24\","
                + "\"filters\":[\"tcp/443\",\"udp/5000-5100\",\"icmp\"]}");

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.object("resource"))
        .containsEntry("id", "git")
        .containsEntry("name", "Our code")
        .containsEntry("destination", "10.1.2.0/24")
        .containsEntry("filters", List.of("tcp/443", "udp/5000-5100", "icmp"));
    assertThat(asker.get("/v1/resources/git").json()).isEqualTo(answer.json());
    assertThat(asker.get("/v1/resources").objects("resources"))
        .containsExactly(answer.object("resource"));
  }

  @Test
  void everyKindOfDestinationIsUnderstood() {
    for (var destination : List.of("10.0.0.1/32", "fd00::/8", "**.example.com", "internet")) {
      var id = "r" + destination.hashCode();
      assertThat(addResource(id.replace('-', 'm'), destination).object("resource"))
          .containsEntry("destination", destination);
    }
  }

  @Test
  void nonsenseIsRefused() {
    assertThat(addResource("a", "10.0.0.0/33").status()).isEqualTo(400);
    assertThat(addResource("a", "not a name").status()).isEqualTo(400);
    assertThat(
            asker
                .post(
                    "/v1/resources",
                    "{\"id\":\"a\",\"destination\":\"10.0.0.1\",\"filters\":[\"tcp/70000\"]}")
                .status())
        .isEqualTo(400);
    assertThat(
            asker
                .post(
                    "/v1/resources",
                    "{\"id\":\"a\",\"destination\":\"10.0.0.1\",\"filters\":\"tcp/443\"}")
                .text("problem"))
        .isEqualTo("The field 'filters' is not a list of texts.");
    assertThat(asker.get("/v1/resources").objects("resources")).isEmpty();
  }

  @Test
  void knownIdIsConflict() {
    addResource("git", "10.0.0.1");
    assertThat(addResource("git", "10.0.0.2").status()).isEqualTo(409);
  }

  @Test
  void changeKeepsWhatIsNotNamed() {
    asker.post(
        "/v1/resources",
        "{\"id\":\"git\",\"name\":\"Code\",\"destination\":\"10.0.0.1\",\"filters\":[\"tcp/443\"]}");

    assertThat(asker.ask("PATCH", "/v1/resources/git", "{\"destination\":\"10.0.0.2\"}").status())
        .isEqualTo(200);
    assertThat(asker.get("/v1/resources/git").object("resource"))
        .containsEntry("name", "Code")
        .containsEntry("destination", "10.0.0.2/32")
        .containsEntry("filters", List.of("tcp/443"));
    assertThat(
            asker
                .ask("PATCH", "/v1/resources/git", "{\"filters\":[],\"name\":\"All\"}")
                .object("resource"))
        .containsEntry("name", "All")
        .containsEntry("destination", "10.0.0.2/32")
        .containsEntry("filters", List.of());
  }

  @Test
  void changeEndsNoAuthorization() {
    addClient("alice", 1);
    addResource("git", "10.0.0.1");
    asker.post("/v1/authorizations", "{\"client\":\"alice\",\"resource\":\"git\"}");

    asker.ask("PATCH", "/v1/resources/git", "{\"destination\":\"10.0.0.2\"}");

    assertThat(asker.get("/v1/authorizations").objects("authorizations")).hasSize(1);
  }

  @Test
  void changeOfSomeoneElseMeanwhileIsKept() {
    addResource("git", "10.0.0.1");
    house.store.beforeUpdate =
        () -> {
          var current = house.store.resource(GIT, LATE).orElseThrow();
          house.store.updateResource(
              new Resource(GIT, "Theirs", current.value().destination(), List.of()),
              current.version(),
              LATE);
        };

    assertThat(
            asker
                .ask("PATCH", "/v1/resources/git", "{\"destination\":\"10.0.0.2\"}")
                .object("resource"))
        .containsEntry("name", "Theirs")
        .containsEntry("destination", "10.0.0.2/32");
  }

  @Test
  void onlyKnownResourcesAndFieldsCanBeChanged() {
    addResource("git", "10.0.0.1");
    assertThat(asker.ask("PATCH", "/v1/resources/gti", "{\"name\":\"a\"}").status()).isEqualTo(404);
    assertThat(asker.ask("PATCH", "/v1/resources/git", "{\"id\":\"a\"}").status()).isEqualTo(400);
  }

  @Test
  void removedResourceIsGone() {
    addResource("git", "10.0.0.1");
    assertThat(asker.delete("/v1/resources/git").status()).isEqualTo(200);
    assertThat(asker.get("/v1/resources/git").status()).isEqualTo(404);
    assertThat(asker.delete("/v1/resources/git").status()).isEqualTo(404);
  }
}
