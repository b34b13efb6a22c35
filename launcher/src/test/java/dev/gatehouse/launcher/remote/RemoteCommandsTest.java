package dev.gatehouse.launcher.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RemoteCommandsTest extends RemoteTest {

  @Test
  void clientsOfAllPagesAreListed() {
    gateway.on(
        "GET /v1/clients",
        200,
        """
        {"clients": [{"id": "alice", "name": "Alice", "public-key": "K1", "addresses": ["10.9.0.2"]}],
         "next": "a b&c"}\
        """);
    gateway.on(
        "GET /v1/clients?cursor=a%20b%26c",
        200,
        """
        {"clients": [{"id": "b", "name": "Bob", "public-key": "K2",
          "addresses": ["10.9.0.30", "fd99::30"]}]}\
        """);

    assertThat(gatehouse("client", "list")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            ID     ADDRESSES            PUBLIC KEY  NAME
            alice  10.9.0.2             K1          Alice
            b      10.9.0.30, fd99::30  K2          Bob
            """);
    assertThat(gatehouse("client", "list", "--json")).isZero();
    assertThat(out).startsWith("{\"clients\":[{\"id\":\"alice\"").hasLineCount(1);
  }

  @Test
  void clientIsShownWithWhatItMayReach() {
    gateway.on(
        "GET /v1/clients/alice",
        200,
        """
        {"client": {"id": "alice", "name": "Alice", "public-key": "K1", "has-preshared-key": true,
          "addresses": ["10.9.0.2"]}}\
        """);
    gateway.on("GET /v1/authorizations?limit=1000&client=alice", 200, "{\"authorizations\": []}");

    assertThat(gatehouse("client", "show", "alice")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            id          alice
            name        Alice
            addresses   10.9.0.2
            public key  K1
            pre-shared  yes

            It may reach nothing.
            """);
  }

  @Test
  void clientAndResourceAreRemoved() {
    gateway.on("DELETE /v1/clients/alice", 200, "{}").on("DELETE /v1/resources/db", 200, "{}");

    assertThat(gatehouse("client", "remove", "alice")).isZero();
    assertThat(out).isEqualTo("Removed client alice; all its access has ended.\n");
    assertThat(gatehouse("resource", "rm", "db")).isZero();
    assertThat(out).isEqualTo("Removed resource db; all access to it has ended.\n");
  }

  @Test
  void resourceIsAddedWithFilters() {
    gateway.on(
        "POST /v1/resources",
        201,
        """
        {"resource": {"id": "db", "destination": "10.0.0.5/32", "filters": ["tcp/5432", "icmp"]}}\
        """);

    int code =
        gatehouse(
            "resource",
            "add",
            "db",
            "10.0.0.5",
            "--name",
            "Base",
            "--filter",
            "TCP/5432",
            "--filter",
            "icmp");

    assertThat(code).as(err).isZero();
    assertThat(out).isEqualTo("Added resource db: 10.0.0.5/32, tcp/5432, icmp.\n");
    assertThat(gateway.bodies().getFirst().fields())
        .hasToString("{id=db, name=Base, destination=10.0.0.5/32, filters=[tcp/5432, icmp]}");
  }

  @Test
  void resourcesAreListed() {
    gateway.on(
        "GET /v1/resources",
        200,
        """
        {"resources": [{"id": "db", "name": "Base", "destination": "10.0.0.5/32", "filters": []}]}\
        """);

    assertThat(gatehouse("resource", "list")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            ID  DESTINATION  ALLOWED     NAME
            db  10.0.0.5/32  everything  Base
            """);
  }

  @Test
  void changesNameOnlyWhatIsToChange() {
    gateway
        .on(
            "PATCH /v1/resources/db",
            200,
            "{\"resource\": {\"id\": \"db\", \"destination\": \"10.0.0.6/32\", \"filters\": []}}")
        .on("PATCH /v1/clients/alice", 200, "{}");

    assertThat(gatehouse("resource", "change", "db", "--destination", "10.0.0.6")).isZero();
    assertThat(out).isEqualTo("Changed resource db: 10.0.0.6/32, everything.\n");
    assertThat(gatehouse("resource", "change", "db", "--no-filters")).isZero();
    assertThat(gatehouse("client", "change", "alice", "--name", "A", "--no-preshared")).isZero();
    assertThat(out).isEqualTo("Changed client alice; what it may reach is as before.\n");
    assertThat(gateway.bodies().stream().map(body -> body.fields().toString()))
        .containsExactly("{destination=10.0.0.6/32}", "{filters=[]}", "{name=A, preshared-key=}");
    assertThat(gatehouse("resource", "change", "db")).isEqualTo(7);
    assertThat(gatehouse("client", "change", "alice")).isEqualTo(7);
    assertThat(gatehouse("client", "change", "alice", "--public-key", "x")).isEqualTo(7);
  }

  @Test
  void wrongResourcesAreRefusedHere() {
    assertThat(gatehouse("resource", "add", "db", "10.0.0.0/99")).isEqualTo(7);
    assertThat(gatehouse("resource", "add", "db", "10.0.0.1", "--filter", "tpc/1")).isEqualTo(7);
    assertThat(gatehouse("resource", "add", "../x", "10.0.0.1")).isEqualTo(7);
    assertThat(gatehouse("resource", "remove", "../x")).isEqualTo(7);
    assertThat(gateway.asked()).isEmpty();
  }

  @Test
  void authorizationSaysUntilWhen() {
    gateway.on(
        "POST /v1/authorizations",
        201,
        """
        {"result": "granted", "authorization": {"expires-at": "2030-01-01T08:00:00.123Z"}}\
        """);
    assertThat(gatehouse("authorize", "alice", "db", "--for", "8h")).isZero();
    assertThat(out).isEqualTo("alice may reach db until 2030-01-01T08:00:00Z.\n");
    assertThat(gateway.bodies().getFirst().fields())
        .hasToString("{client=alice, resource=db, for=8h, origin=cli}");

    gateway.on("POST /v1/authorizations", 200, "{\"result\": \"extended\", \"authorization\": {}}");
    assertThat(gatehouse("authorize", "alice", "db")).isZero();
    assertThat(out).isEqualTo("alice may reach db until revoked (extended).\n");
    assertThat(gatehouse("authorize", "a", "b", "--for", "8h", "--until", "2030-01-01T00:00:00Z"))
        .isEqualTo(2);
  }

  @Test
  void revokingSaysHowMuch() {
    gateway
        .on("DELETE /v1/authorizations/alice/db", 200, "{\"revoked\": 1}")
        .on("DELETE /v1/authorizations?client=alice", 200, "{\"revoked\": 3}")
        .on("DELETE /v1/authorizations?resource=db", 200, "{\"revoked\": 1}");

    assertThat(gatehouse("revoke", "alice", "db")).isZero();
    assertThat(out).isEqualTo("alice may no longer reach db.\n");
    assertThat(gatehouse("revoke", "alice")).isZero();
    assertThat(out).isEqualTo("Revoked 3 authorizations of alice.\n");
    assertThat(gatehouse("revoke", "--resource", "db")).isZero();
    assertThat(out).isEqualTo("Revoked 1 authorization for db.\n");
    assertThat(gatehouse("revoke")).isEqualTo(7);
    assertThat(gatehouse("revoke", "alice", "--resource", "db")).isEqualTo(7);
    assertThat(gateway.asked()).hasSize(3);
  }

  @Test
  void authorizationsSayWhatIsLeft() {
    var soon = Instant.now().plus(Duration.ofMinutes(90)).plusSeconds(30);
    gateway.on(
        "GET /v1/authorizations?limit=1000&client=alice",
        200,
        """
        {"authorizations": [
          {"client": "alice", "resource": "db", "granted-at": "2026-01-01T00:00:00Z",
           "expires-at": "%s", "origin": "cli", "active": true},
          {"client": "alice", "resource": "git", "granted-at": "2026-01-01T00:00:00Z",
           "origin": "cli", "active": true}]}\
        """
            .formatted(soon));

    assertThat(gatehouse("authorizations", "--client", "alice")).isZero();
    assertThat(out.lines().map(line -> line.replaceAll(" {2,}", "|").split("\\|", -1)[2]))
        .containsExactly("ENDS", "in 1h 30m", "until revoked");
  }

  @Test
  void statusIsReadable() {
    gateway.on(
        "GET /v1/status",
        200,
        """
        {"ready": false, "about": {"version": "0.1.0"}, "uptime-seconds": 7322,\
        """
            + SETTINGS
            + """
            , "plugins": [
              {"id": "sqlite", "kind": "auth-store", "healthy": true, "status": {}},
              {"id": "policy", "kind": "stage", "healthy": false, "problem": "It lags.",
               "status": {"drops": {"malformed": 2}, "names": ["a", "b"], "compiled": 7}}]}\
            """);

    assertThat(gatehouse("status")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            release     0.1.0
            state       not ready
            up          2h 2m
            public key  R2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWg=
            listening   192.0.2.1:51820
            interface   gatehouse0, 10.99.0.1, fd99::1, MTU 1420
            networks    10.99.0.0/24, fd99::/64

            sqlite (auth-store): well

            policy (stage): It lags.
              drops:
                malformed: 2
              names: a, b
              compiled: 7
            """);
  }

  @Test
  void peersAreReadable() {
    gateway.on(
        "GET /v1/peers",
        200,
        """
        {"peers": [
          {"client": "alice", "connected": true, "endpoint": "192.0.2.9:4711",
           "last-handshake": "%s", "received-bytes": 512, "sent-bytes": 1509949},
          {"client": "bob", "connected": false, "received-bytes": 0, "sent-bytes": 0}]}\
        """
            .formatted(Instant.now().minusSeconds(3 * 86_400 + 4 * 3600 + 60)));

    assertThat(gatehouse("peers")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            CLIENT  CONNECTED  ENDPOINT        LAST HANDSHAKE  RECEIVED  SENT
            alice   yes        192.0.2.9:4711  3d 4h ago       512 B     1.44 MiB
            bob     no         -               -               0 B       0 B
            """);
  }

  @Test
  void explanationIsReadable() {
    gateway.on(
        "GET /v1/explain?client=alice&destination=fd00%3A%3A5&port=443&protocol=udp",
        200,
        """
        {"allowed": false, "verdict": "filtered", "reason": "No filter permits it.",
         "considered": ["db: fd00::/8, tcp/443, until it is revoked"]}\
        """);

    assertThat(gatehouse("explain", "alice", "[fd00::5]:443", "--protocol", "udp")).isZero();
    assertThat(out)
        .isEqualTo(
            """
            Refused (filtered): No filter permits it.
            Considered, best first:
              db: fd00::/8, tcp/443, until it is revoked
            """);

    gateway.on(
        "GET /v1/explain?client=alice&destination=fd00%3A%3A5",
        200,
        "{\"allowed\": true, \"verdict\": \"allowed\", \"reason\": \"Resource 'db' permits it.\"}");
    assertThat(gatehouse("explain", "alice", "fd00::5")).isZero();
    assertThat(out).isEqualTo("Allowed: Resource 'db' permits it.\n");
  }

  @Test
  void wrongDestinationsAreRefusedHere() {
    for (var destination :
        new String[] {"db", "10.0.0.5:", "10.0.0.5:http", "[fd00::5]", "1:2:3"}) {
      assertThat(gatehouse("explain", "alice", destination)).as(destination).isEqualTo(7);
    }
    assertThat(gateway.asked()).isEmpty();
  }

  @Test
  void everyCommandHasHelp() {
    for (var command :
        new String[] {
          "client",
          "resource",
          "authorize",
          "revoke",
          "authorizations",
          "status",
          "peers",
          "explain"
        }) {
      assertThat(bare(command, "--help")).as(command).isZero();
      assertThat(out).as(command).contains("gatehouse " + command);
    }
  }
}
