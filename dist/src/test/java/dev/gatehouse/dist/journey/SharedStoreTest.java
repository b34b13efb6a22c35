package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Gateways, as users run them, on a PostgreSQL that is theirs: two that share it, one that moves.
 */
@Tag("kernel")
@Timeout(600)
class SharedStoreTest {

  private static final Duration START = Duration.ofMinutes(2);

  /**
   * Asking takes a program's start, which on a busy machine takes longer than the answer to come.
   */
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String DESTINATION = "10.9.0.5:443";

  private Path directory = Path.of(".");
  private NetLab lab;
  private Namespace site;
  private Background server;

  @BeforeEach
  void buildTheSite() throws IOException {
    NetLab.needs("ip", "setpriv");
    NetLab.needsTun();
    binaries().ifPresentOrElse(bin -> {}, () -> NetLab.needs("initdb"));
    lab = NetLab.open();
    site = lab.namespace("site");
    directory =
        Files.createTempDirectory(
            "gatehouse-shared",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    var password = Files.writeString(directory.resolve("password"), "of the test\n");
    site.run("mkdir", file("data"));
    site.run("chown", "nobody", file("data"));
    var initdb = unprivileged("initdb");
    initdb.addAll(
        List.of(
            "-D",
            file("data/cluster"),
            "-U",
            "gatehouse",
            "-A",
            "scram-sha-256",
            "--pwfile",
            password.toString(),
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync"));
    site.run(initdb.toArray(String[]::new));
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-------"));
    server = startServer();
  }

  @AfterEach
  void takeItDown() throws IOException {
    if (lab != null) {
      lab.close();
      try (var files = Files.walk(directory)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private static Optional<Path> binaries() {
    try (var versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<String> unprivileged(String program) {
    var path = binaries().map(bin -> bin.resolve(program).toString()).orElse(program);
    return new ArrayList<>(
        List.of("setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", "--", path));
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private Background startServer() {
    var command = unprivileged("postgres");
    command.addAll(
        List.of(
            "-D",
            file("data/cluster"),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=on"));
    var started = site.start(command.toArray(String[]::new));
    started.awaitLine("ready to accept connections", START);
    return started;
  }

  private Background startGateway(String name, int number) throws IOException {
    configureShared(name, number);
    return site.start(Bundle.program().toString(), "run", "-c", file(name + ".toml"));
  }

  private void configureShared(String name, int number) throws IOException {
    Files.writeString(
        directory.resolve(name + ".toml"),
        """
        state-directory = "state-%1$s"

        [plugins]
        auth-store = "postgres"
        stages = ["policy", "admin"]

        [auth-store]
        host = "127.0.0.1"
        database = "postgres"
        password-file = "password"
        timeout = "2s"

        [tun]
        name = "%2$s%3$d"
        addresses = ["100.64.%3$d.1/24"]

        [transport]
        listen = ["127.0.0.1:5182%3$d"]

        [admin]
        uapi = false

        [log]
        format = "json"
        """
            .formatted(name, lab.prefix(), number));
  }

  /** A gateway with the embedded store; nothing is started. */
  private void configureAlone(String name) throws IOException {
    Files.writeString(
        directory.resolve(name + ".toml"),
        """
        state-directory = "state-%1$s"

        [plugins]
        stages = ["policy", "admin"]

        [tun]
        name = "%2$sa"
        addresses = ["100.64.9.1/24"]

        [transport]
        listen = ["127.0.0.1:51829"]

        [admin]
        uapi = false
        """
            .formatted(name, lab.prefix()));
  }

  private Outcome attempt(String gateway, String... arguments) {
    var command = new ArrayList<>(List.of(Bundle.program().toString()));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("-c", file(gateway + ".toml")));
    return site.attempt(command.toArray(String[]::new));
  }

  private Outcome cli(String gateway, String... arguments) {
    var outcome = attempt(gateway, arguments);
    assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
    return outcome;
  }

  private boolean letsThrough(String gateway) {
    return cli(gateway, "explain", "laptop", DESTINATION).out().startsWith("Allowed");
  }

  /** Whether the packet path holds one authorization; asks the gateway, not its store. */
  private boolean enforced(String gateway) {
    return attempt(gateway, "status").all().lines().anyMatch("  authorizations: 1"::equals);
  }

  @Test
  void aStoreMovesToPostgresAndBackWithOneCommandEach() throws Exception {
    configureAlone("before");
    configureAlone("after");
    configureShared("shared", 3);
    var alone = site.start(Bundle.program().toString(), "run", "-c", file("before.toml"));
    alone.awaitLine("gatehouse ready", START);
    cli("before", "client", "add", "laptop", "--endpoint", "127.0.0.1:51829");
    cli("before", "resource", "add", "web", "10.9.0.0/24", "--filter", "tcp/443");
    cli("before", "authorize", "laptop", "web", "--for", "1h");

    assertThat(cli("before", "store", "verify").out()).as("while it runs").contains("sound");
    cli("before", "store", "export", file("running.jsonl"));
    cli("before", "store", "backup", file("running.db"));
    assertThat(attempt("before", "store", "migrate", "--to", file("shared.toml")).exitCode())
        .as("a running gateway keeps its store")
        .isNotZero();
    alone.signal("TERM");
    assertThat(alone.awaitExit(SOON)).isZero();

    assertThat(cli("before", "store", "migrate", "--to", file("shared.toml")).out())
        .contains("Verified: 1 client, 1 resource, 1 authorization");
    assertThat(cli("shared", "store", "migrate", "--to", file("after.toml")).out())
        .contains("Verified: 1 client, 1 resource, 1 authorization");
    cli("after", "store", "export", file("moved.jsonl"));
    assertThat(body("moved.jsonl")).isNotEmpty().isEqualTo(body("running.jsonl"));

    var moved = site.start(Bundle.program().toString(), "run", "-c", file("after.toml"));
    moved.awaitLine("gatehouse ready", START);
    assertThat(letsThrough("after")).isTrue();
    moved.signal("TERM");
    assertThat(moved.awaitExit(SOON)).isZero();
  }

  /** An export without its first line, which says when it was made. */
  private List<String> body(String export) throws IOException {
    var lines = Files.readAllLines(directory.resolve(export));
    return lines.subList(1, lines.size());
  }

  @Test
  void whatOneGrantsOrRevokesTheOtherEnforcesAndAnOutageGrantsNothing() throws Exception {
    var one = startGateway("one", 1);
    var other = startGateway("other", 2);
    one.awaitLine("gatehouse ready", START);
    other.awaitLine("gatehouse ready", START);

    cli("one", "client", "add", "laptop", "--endpoint", "127.0.0.1:51821");
    cli("one", "resource", "add", "web", "10.9.0.0/24");
    assertThat(letsThrough("other")).isFalse();
    cli("one", "authorize", "laptop", "web", "--for", "1h");
    Await.until("the grant at the other", SOON, () -> letsThrough("other"));
    cli("one", "revoke", "laptop", "web");
    Await.until("the revocation there", SOON, () -> !letsThrough("other"));
    cli("other", "authorize", "laptop", "web", "--for", "1h");
    Await.until("the grant at the first", SOON, () -> letsThrough("one"));
    assertThat(Site.worries(one.lines())).isEmpty();
    assertThat(Site.worries(other.lines())).isEmpty();

    server.signal("KILL");
    server.awaitExit(SOON);
    Await.until(
        "the outage to be told",
        SOON,
        () -> attempt("one", "status").all().contains("reachable: false"));
    assertThat(attempt("one", "authorize", "laptop", "web", "--for", "2h").exitCode()).isNotZero();
    assertThat(attempt("one", "authorizations").exitCode()).as("unknown, not none").isNotZero();
    assertThat(enforced("one")).as("what was granted holds").isTrue();
    assertThat(enforced("other")).as("what was granted holds").isTrue();
    assertThat(attempt("one", "revoke", "laptop", "web").exitCode()).isNotZero();

    server = startServer();
    Await.until(
        "what was revoked during the outage to end everywhere",
        SOON,
        () -> !letsThrough("one") && !letsThrough("other"));
    Await.until(
        "the gateways to be well",
        SOON,
        () -> attempt("one", "status").all().contains("reachable: true"));
    assertThat(cli("other", "authorizations").out()).doesNotContain("laptop");
    one.signal("TERM");
    assertThat(one.awaitExit(SOON)).isZero();
    other.signal("TERM");
    assertThat(other.awaitExit(SOON)).isZero();
  }
}
