package dev.gatehouse.store.postgres.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.store.postgres.PostgresStoreConfig;
import dev.gatehouse.store.postgres.PostgresStoreConfig.Tls;
import dev.gatehouse.testkit.TestContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway says that cannot use its database, and how TLS protects the way to it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(300)
class StartTest {

  @TempDir Path directory;
  private PostgresServer server;

  @BeforeAll
  void startServer() throws Exception {
    var certificates =
        Files.createTempDirectory(
            "gatehouse-certificates",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    this.certificates = certificates;
    makeCertificate("server", "localhost");
    makeCertificate("stranger", "localhost");
    server =
        PostgresServer.start(
            "fsync=off",
            "ssl=on",
            "ssl_cert_file=" + certificates.resolve("server.crt"),
            "ssl_key_file=" + certificates.resolve("server.key"));
  }

  private Path certificates = Path.of(".");

  private void makeCertificate(String name, String host) throws Exception {
    var key = certificates.resolve(name + ".key");
    int made =
        new ProcessBuilder(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=" + host,
                "-addext",
                "subjectAltName=DNS:" + host,
                "-keyout",
                key.toString(),
                "-out",
                certificates.resolve(name + ".crt").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    assertThat(made).isZero();
    if (System.getProperty("user.name").equals("root")) {
      new ProcessBuilder("chown", "nobody", key.toString()).start().waitFor();
    }
  }

  @AfterAll
  void stopServer() throws IOException {
    if (server != null) {
      server.close();
    }
    try (var files = Files.list(certificates)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(certificates);
  }

  private static GatehouseException failure(PostgresStoreConfig config) {
    var failure = catchThrowableOfType(GatehouseException.class, () -> open(config));
    assertThat(failure).isNotNull();
    assertThat(failure.problem()).endsWith(".");
    assertThat(failure.fix()).endsWith(".");
    assertThat(failure.toString() + failure.getCause())
        .doesNotContain(PostgresServer.PASSWORD)
        .doesNotContain("wrong-password");
    return failure;
  }

  private static void open(PostgresStoreConfig config) {
    try (var context = new TestContext("postgres", Path.of("."))) {
      var store = new PostgresStore(config, context, real -> context.time().now());
      try {
        store.start();
      } finally {
        store.close();
      }
    }
  }

  private PostgresStoreConfig config(
      String host, int port, String database, String user, Path password, Tls tls, Path ca) {
    return new PostgresStoreConfig(
        host,
        port,
        database,
        "start",
        user,
        Optional.of(password),
        Optional.empty(),
        tls,
        Optional.ofNullable(ca.equals(Path.of("")) ? null : ca),
        Duration.ofSeconds(2),
        Duration.ofSeconds(1),
        true,
        Duration.ZERO,
        1000);
  }

  private PostgresStoreConfig plain(String database, String user, Path password) {
    return config("127.0.0.1", server.port(), database, user, password, Tls.OFF, Path.of(""));
  }

  private Path password(String text, String permissions) throws IOException {
    var file = directory.resolve("password" + System.nanoTime());
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    return file;
  }

  @Test
  void aWrongPasswordIsNamedAndNeverShown() throws IOException {
    var failure = failure(plain("postgres", "gatehouse", password("wrong-password", "rw-------")));
    assertThat(failure.code()).isEqualTo(StandardErrorCode.PERMISSION_DENIED);
    assertThat(failure.problem()).contains("refuses the login of 'gatehouse'");
  }

  @Test
  void aPasswordFileThatOthersMayReadIsRefused() throws IOException {
    var failure =
        failure(plain("postgres", "gatehouse", password(PostgresServer.PASSWORD, "rw-r-----")));
    assertThat(failure.problem()).contains("may be read or written by others");
    assertThat(failure.fix()).contains("chmod 600");
    assertThat(failure(plain("postgres", "gatehouse", directory.resolve("none"))).problem())
        .contains("cannot be read");
    assertThat(failure(plain("postgres", "gatehouse", password("\n", "rw-------"))).problem())
        .contains("is empty");
  }

  @Test
  void aMissingDatabaseIsNamed() {
    var failure = failure(plain("nowhere", "gatehouse", server.passwordFile()));
    assertThat(failure.problem()).contains("no database 'nowhere'");
    assertThat(failure.fix()).contains("createdb");
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    var nobody =
        config(
            "127.0.0.1", 1, "postgres", "gatehouse", server.passwordFile(), Tls.OFF, Path.of(""));
    var failure = failure(nobody);
    assertThat(failure.code()).isEqualTo(StandardErrorCode.STORE_UNAVAILABLE);
    assertThat(failure.problem()).contains("127.0.0.1:1").contains("cannot be reached");
    var unknown =
        config(
            "no-such-host.invalid",
            5432,
            "postgres",
            "gatehouse",
            server.passwordFile(),
            Tls.OFF,
            Path.of(""));
    assertThat(failure(unknown).problem()).contains("'no-such-host.invalid'").contains("not known");
  }

  @Test
  void aRoleWithoutRightsIsToldWhatItNeeds() throws IOException {
    server.execute("create role poor login password 'poor'");
    server.execute("create database guarded");
    var failure = failure(plain("guarded", "poor", password("poor", "r--------")));
    assertThat(failure.code()).isEqualTo(StandardErrorCode.PERMISSION_DENIED);
    assertThat(failure.fix()).contains("owner");
  }

  @Test
  void aRoleThatOwnsTheSchemaNeedsNothingElse() throws Exception {
    server.execute("create role modest login password 'modest'");
    server.execute("create database ready");
    try (var connection = server.connect("ready");
        var statement = connection.createStatement()) {
      statement.execute("create schema start authorization modest");
    }
    var config = plain("ready", "modest", password("modest\n", "rw-------"));
    open(config);
    open(config);
  }

  @Test
  void tablesOfANewerReleaseAreLeftAlone() throws Exception {
    server.execute("create database newer owner gatehouse");
    var config = plain("newer", "gatehouse", server.passwordFile());
    open(config);
    try (var connection = server.connect("newer");
        var statement = connection.createStatement()) {
      statement.execute("insert into start.schema_versions (version) values (99)");
    }
    var failure = failure(config);
    assertThat(failure.code()).isEqualTo(StandardErrorCode.STATE_UNREADABLE);
    assertThat(failure.problem()).contains("version 99").contains("up to 1");
  }

  @Test
  void aDatabaseInAnotherEncodingIsRefused() {
    server.execute(
        "create database latin encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'");
    assertThat(failure(plain("latin", "gatehouse", server.passwordFile())).problem())
        .contains("not encoded in UTF-8");
  }

  @Test
  void withTlsTheServerMustProveWhoItIs() {
    var right = certificates.resolve("server.crt");
    open(tls("localhost", Tls.VERIFY_FULL, right));
    open(tls("127.0.0.1", Tls.VERIFY_CA, right));
    assertThat(server.value("select count(*) from pg_stat_ssl where ssl")).isNotNull();
    assertThat(failure(tls("127.0.0.1", Tls.VERIFY_FULL, right)).problem())
        .contains("cannot be protected by TLS");
    assertThat(
            failure(tls("localhost", Tls.VERIFY_FULL, certificates.resolve("stranger.crt")))
                .problem())
        .contains("cannot be protected by TLS");
    assertThat(failure(tls("localhost", Tls.VERIFY_FULL, Path.of(""))).problem())
        .contains("cannot be protected by TLS");
  }

  private PostgresStoreConfig tls(String host, Tls tls, Path ca) {
    return config(host, server.port(), "postgres", "gatehouse", server.passwordFile(), tls, ca);
  }
}
