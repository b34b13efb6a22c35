package dev.gatehouse.admin.io;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClientsApiTest extends AdminTest {

  @Test
  void networksOfNamesAreThoseOfThePolicy() {
    assertThat(asker.get("/v1/gateway").json()).containsEntry("name-networks", List.of());

    house.stage.status = Map.of("proxy-networks", List.of("100.96.0.0/11"));

    assertThat(asker.get("/v1/gateway").json())
        .containsEntry("name-networks", List.of("100.96.0.0/11"));
  }

  private static final Deadline LATE = new Deadline(Long.MAX_VALUE / 2);

  @Test
  void clientGetsLowestFreeAddressOfEachFamily() {
    var answer = addClient("alice", 1);

    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.object("client"))
        .containsEntry("id", "alice")
        .containsEntry("name", "alice")
        .containsEntry("public-key", House.key(1).toString())
        .containsEntry("has-preshared-key", false)
        .containsEntry("addresses", List.of("10.99.0.2", "fd99::2"));
    assertThat(addClient("bob", 2).object("client"))
        .containsEntry("addresses", List.of("10.99.0.3", "fd99::3"));
  }

  @Test
  void freedAddressIsGivenAgain() {
    addClient("alice", 1);
    addClient("bob", 2);
    asker.delete("/v1/clients/alice");

    assertThat(addClient("carol", 3).object("client"))
        .containsEntry("addresses", List.of("10.99.0.2", "fd99::2"));
  }

  @Test
  void answerHoldsWhatClientConfigurationNeeds() {
    addResource("net", "10.0.0.0/8");
    addResource("host", "192.0.2.7");
    addResource("name", "git.example.com");
    var answer = addClient("alice", 1);

    assertThat(answer.object("gateway"))
        .containsEntry("public-key", House.GATEWAY_KEY.toString())
        .containsEntry("listening", List.of("0.0.0.0:51820", "[::]:51820"))
        .containsEntry("mtu", 1420)
        .containsEntry("addresses", List.of("10.99.0.1", "fd99::1"))
        .containsEntry("networks", List.of("10.99.0.0/24", "fd99::/64"));
    assertThat(answer.json())
        .containsEntry("resource-networks", List.of("10.0.0.0/8", "192.0.2.7/32"));
    assertThat(answer.json()).containsAllEntriesOf(asker.get("/v1/gateway").json());
  }

  @Test
  void addressTakenByAnotherGatewayMeanwhileIsSkipped() {
    house.store.beforeCreate =
        () ->
            house.store.createClient(
                new Client(
                    new ClientId("other"),
                    "other",
                    House.key(9),
                    Optional.empty(),
                    TunnelAddresses.of(List.of(IpAddress.parse("10.99.0.2")))),
                LATE);

    assertThat(addClient("alice", 1).object("client"))
        .containsEntry("addresses", List.of("10.99.0.3", "fd99::2"));
  }

  @Test
  void clientsAreListedOnceHoweverManyAreAdded() {
    for (int i = 1; i <= 20; i++) {
      addClient("c" + i, i);
    }
    assertThat(house.store.listed).isEqualTo(1);
  }

  @Test
  void changesTheStoreNoLongerKnowsAreMadeUpFor() {
    addClient("alice", 1);
    house.store.createClient(
        new Client(
            new ClientId("other"),
            "other",
            House.key(9),
            Optional.empty(),
            TunnelAddresses.of(List.of(IpAddress.parse("10.99.0.3")))),
        LATE);
    house.store.forgotBefore = 2;

    assertThat(addClient("bob", 2).object("client"))
        .containsEntry("addresses", List.of("10.99.0.4", "fd99::3"));
    assertThat(house.store.listed).isEqualTo(2);
  }

  @Test
  void fullNetworkIsSaidInOneSentence() {
    house.tun.networks = List.of(Cidr.parse("10.99.0.0/30"));
    assertThat(addClient("alice", 1).status()).isEqualTo(201);

    var answer = addClient("bob", 2);

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text("problem"))
        .isEqualTo("The tunnel network 10.99.0.0/30 has no free address left.");
  }

  @Test
  void manyAtOnceGetDifferentAddresses() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 40; i++) {
        int number = i;
        threads.execute(() -> addClient("c" + number, number + 1));
      }
    }
    var addresses = new TreeSet<String>();
    asker
        .get("/v1/clients")
        .objects("clients")
        .forEach(c -> addresses.addAll(strings(c.get("addresses"))));
    assertThat(addresses).hasSize(80);
  }

  @Test
  void chosenAddressesAreKept() {
    var answer =
        asker.post(
            "/v1/clients",
            "{\"id\":\"alice\",\"name\":\"Alice's phone\",\"public-key\":\""
                + House.key(1)
                + "\",\"addresses\":[\"10.99.0.77\"]}");

    assertThat(answer.object("client"))
        .containsEntry("name", "Alice's phone")
        .containsEntry("addresses", List.of("10.99.0.77"));
  }

  @Test
  void addressesThatCannotWorkAreRefused() {
    for (var address :
        List.of("10.98.0.1", "10.99.0.1", "10.99.0.0", "10.99.0.255", "fd99::1", "fd99::")) {
      var answer =
          asker.post(
              "/v1/clients",
              "{\"id\":\"alice\",\"public-key\":\""
                  + House.key(1)
                  + "\",\"addresses\":[\""
                  + address
                  + "\"]}");
      assertThat(answer.status()).as(address).isEqualTo(400);
      assertThat(answer.text("problem")).contains(address);
    }
  }

  @Test
  void takenAddressIsConflict() {
    addClient("alice", 1);
    var answer =
        asker.post(
            "/v1/clients",
            "{\"id\":\"bob\",\"public-key\":\""
                + House.key(2)
                + "\",\"addresses\":[\"10.99.0.2\"]}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.text("problem")).isEqualTo("One of the addresses belongs to another client.");
  }

  @Test
  void knownIdAndKnownKeyAreConflictsThatSayWhich() {
    addClient("alice", 1);

    var sameId = addClient("alice", 2);
    assertThat(sameId.status()).isEqualTo(409);
    assertThat(sameId.text("problem")).isEqualTo("There is a client 'alice' already.");
    var sameKey = addClient("bob", 1);
    assertThat(sameKey.status()).isEqualTo(409);
    assertThat(sameKey.text("problem")).isEqualTo("The public key belongs to client 'alice'.");
  }

  @Test
  void presharedKeyIsStoredAndNeverShown() {
    var secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";
    var answer =
        asker.post(
            "/v1/clients",
            "{\"id\":\"alice\",\"public-key\":\""
                + House.key(1)
                + "\",\"preshared-key\":\""
                + secret
                + "\"}");

    assertThat(answer.object("client")).containsEntry("has-preshared-key", true);
    assertThat(answer.body()).doesNotContain(secret);
    assertThat(asker.get("/v1/clients/alice").body()).doesNotContain(secret);
    var stored = house.store.client(new ClientId("alice"), LATE).orElseThrow().value();
    assertThat(new String(stored.presharedKey().orElseThrow().toBase64(), US_ASCII))
        .isEqualTo(secret);
  }

  @Test
  void unusableKeysAreRefusedWithoutRepeatingThem() {
    var malformed =
        asker.post("/v1/clients", "{\"id\":\"alice\",\"public-key\":\"hello-not-a-key\"}");
    assertThat(malformed.status()).isEqualTo(400);
    assertThat(malformed.body()).doesNotContain("hello-not-a-key");
    var malformedShared =
        asker.post(
            "/v1/clients",
            "{\"id\":\"a\",\"public-key\":\"" + House.key(1) + "\",\"preshared-key\":\"psst\"}");
    assertThat(malformedShared.status()).isEqualTo(400);
    assertThat(malformedShared.body()).doesNotContain("psst");
    assertThat(addClient("alice", 200).text("problem"))
        .isEqualTo("This is the gateway's own public key.");
    var zero = "A".repeat(43) + "=";
    assertThat(
            asker
                .post("/v1/clients", "{\"id\":\"alice\",\"public-key\":\"" + zero + "\"}")
                .text("problem"))
        .isEqualTo("The public key is all zero.");
  }

  @Test
  void missingUnknownAndMistypedFieldsAreSentences() {
    assertThat(asker.post("/v1/clients", "{\"id\":\"alice\"}").text("problem"))
        .isEqualTo("The field 'public-key' is missing.");
    assertThat(asker.post("/v1/clients", "{\"id\":7}").text("problem"))
        .isEqualTo("The field 'id' is not a text.");
    assertThat(
            asker
                .post(
                    "/v1/clients",
                    "{\"id\":\"alice\",\"public-key\":\"" + House.key(1) + "\",\"adresses\":[]}")
                .text("fix"))
        .isEqualTo("Remove it; known are: addresses, id, name, preshared-key, public-key.");
    assertThat(asker.post("/v1/clients", "{\"id\":\"Not An Id\"}").status()).isEqualTo(400);
  }

  @Test
  void listingIsPagedByCursor() {
    for (int i = 1; i <= 5; i++) {
      addClient("c" + i, i);
    }
    var first = asker.get("/v1/clients?limit=2");
    assertThat(first.objects("clients")).extracting(c -> c.get("id")).containsExactly("c1", "c2");
    var second = asker.get("/v1/clients?limit=2&cursor=" + first.text("next"));
    assertThat(second.objects("clients")).extracting(c -> c.get("id")).containsExactly("c3", "c4");
    var third = asker.get("/v1/clients?limit=2&cursor=" + second.text("next"));
    assertThat(third.objects("clients")).extracting(c -> c.get("id")).containsExactly("c5");
    assertThat(third.json()).doesNotContainKey("next");
  }

  @Test
  void unusableLimitsAreRefused() {
    for (var limit : List.of("0", "-1", "10001", "x", "99999999999999999999")) {
      assertThat(asker.get("/v1/clients?limit=" + limit).status()).as(limit).isEqualTo(400);
    }
  }

  @Test
  void changeKeepsWhatIsNotNamed() {
    addClient("alice", 1);
    addResource("db", "10.0.0.1");
    asker.post("/v1/authorizations", "{\"client\":\"alice\",\"resource\":\"db\"}");

    var answer =
        asker.ask("PATCH", "/v1/clients/alice", "{\"public-key\":\"" + House.key(3) + "\"}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.object("client"))
        .containsEntry("name", "alice")
        .containsEntry("public-key", House.key(3).toString())
        .containsEntry("addresses", List.of("10.99.0.2", "fd99::2"));
    assertThat(
            asker
                .ask("PATCH", "/v1/clients/alice", "{\"name\":\"A\",\"addresses\":[\"10.99.0.9\"]}")
                .object("client"))
        .containsEntry("name", "A")
        .containsEntry("public-key", House.key(3).toString())
        .containsEntry("addresses", List.of("10.99.0.9"));
    assertThat(asker.get("/v1/authorizations").objects("authorizations")).hasSize(1);
  }

  @Test
  void presharedKeyIsChangedAndRemovedButNeverByAccident() {
    addClient("alice", 1);
    var secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U=";
    assertThat(patchAlice("{\"preshared-key\":\"" + secret + "\"}"))
        .containsEntry("has-preshared-key", true);
    assertThat(patchAlice("{\"name\":\"A\"}")).containsEntry("has-preshared-key", true);
    assertThat(patchAlice("{\"preshared-key\":\"\"}")).containsEntry("has-preshared-key", false);
  }

  @Test
  void changeToWhatOthersHaveIsConflict() {
    addClient("alice", 1);
    addClient("bob", 2);

    var key = asker.ask("PATCH", "/v1/clients/alice", "{\"public-key\":\"" + House.key(2) + "\"}");
    assertThat(key.status()).isEqualTo(409);
    assertThat(key.text("problem")).isEqualTo("The public key belongs to client 'bob'.");
    var address = asker.ask("PATCH", "/v1/clients/alice", "{\"addresses\":[\"10.99.0.3\"]}");
    assertThat(address.status()).isEqualTo(409);
    assertThat(address.text("problem"))
        .isEqualTo("One of the addresses belongs to another client.");
    assertThat(asker.ask("PATCH", "/v1/clients/carol", "{}").status()).isEqualTo(404);
  }

  private Map<String, Object> patchAlice(String json) {
    return asker.ask("PATCH", "/v1/clients/alice", json).object("client");
  }

  @Test
  void removedClientIsGone() {
    addClient("alice", 1);

    assertThat(asker.get("/v1/clients/alice").status()).isEqualTo(200);
    assertThat(asker.delete("/v1/clients/alice").status()).isEqualTo(200);
    assertThat(asker.get("/v1/clients/alice").status()).isEqualTo(404);
    var again = asker.delete("/v1/clients/alice");
    assertThat(again.status()).isEqualTo(404);
    assertThat(again.text("problem")).isEqualTo("There is no client 'alice'.");
  }

  @Test
  void storeThatDoesNotKnowIsNotTakenForEmpty() {
    house.store.unavailable = true;

    var answer = asker.get("/v1/clients/alice");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.text("code")).isEqualTo("GH-STATE-003");
  }

  @SuppressWarnings("unchecked")
  private static List<String> strings(@Nullable Object list) {
    return (List<String>) Objects.requireNonNull(list);
  }
}
