package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.spi.PolicyExplainer.Explanation;
import dev.gatehouse.api.spi.PolicyExplainer.Question;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExplainApiTest extends AdminTest {

  @BeforeEach
  void addAlice() {
    addClient("alice", 1);
  }

  private Question asked(String query) {
    assertThat(asker.get("/v1/explain?client=alice&" + query).status()).isEqualTo(200);
    return house.stage.asked.getLast();
  }

  private static Question question(String destination, int protocol, int port) {
    return new Question(new ClientId("alice"), IpAddress.parse(destination), protocol, port);
  }

  @Test
  void explanationOfThePolicyIsPassedOn() {
    house.stage.explanation =
        new Explanation(
            true,
            "allowed",
            Optional.of(new ResourceId("db")),
            Optional.of(Instant.parse("2026-01-01T08:00:00Z")),
            "Resource 'db' permits it.",
            List.of("db: 10.0.0.5/32"));

    var answer = asker.get("/v1/explain?client=alice&destination=10.0.0.5&port=443");

    assertThat(answer.json())
        .containsEntry("allowed", true)
        .containsEntry("verdict", "allowed")
        .containsEntry("resource", "db")
        .containsEntry("until", "2026-01-01T08:00:00Z")
        .containsEntry("reason", "Resource 'db' permits it.")
        .containsEntry("considered", List.of("db: 10.0.0.5/32"));
  }

  @Test
  void protocolIsWhatThePortSuggests() {
    assertThat(asked("destination=10.0.0.5&port=443")).isEqualTo(question("10.0.0.5", 6, 443));
    assertThat(asked("destination=10.0.0.5")).isEqualTo(question("10.0.0.5", 1, 0));
    assertThat(asked("destination=fd00::5&protocol=udp&port=53"))
        .isEqualTo(question("fd00::5", 17, 53));
    assertThat(asked("destination=10.0.0.5&protocol=47")).isEqualTo(question("10.0.0.5", 47, 0));
  }

  @Test
  void storeThatIsSilentDoesNotSilenceThePolicy() {
    house.store.unavailable = true;

    var answer = asker.get("/v1/explain?client=alice&destination=10.0.0.5");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json()).containsEntry("verdict", "no-grant");
    assertThat(answer.text("note")).startsWith("The store does not answer, so this is by what");
  }

  @Test
  void wrongQuestionsAreRefused() {
    for (var query :
        List.of(
            "",
            "client=alice",
            "destination=10.0.0.5",
            "client=alice&destination=db",
            "client=alice&destination=10.0.0.5&port=65536",
            "client=alice&destination=10.0.0.5&port=-1",
            "client=alice&destination=10.0.0.5&protocol=tcp",
            "client=alice&destination=10.0.0.5&protocol=icmp&port=1",
            "client=alice&destination=10.0.0.5&protocol=256",
            "client=alice&destination=10.0.0.5&protocol=sctp",
            "client=alice&client=bob&destination=10.0.0.5")) {
      assertThat(asker.get("/v1/explain?" + query).status()).as(query).isEqualTo(400);
    }
    assertThat(asker.get("/v1/explain?client=bob&destination=10.0.0.5").status()).isEqualTo(404);
    assertThat(house.stage.asked).isEmpty();
  }
}
