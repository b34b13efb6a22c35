package dev.gatehouse.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.store.postgres.PostgresStoreConfig.Tls;
import dev.gatehouse.testkit.TestSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PostgresStoreProviderTest {

  private final PostgresStoreProvider provider = new PostgresStoreProvider();

  @Test
  void anEmptySectionMeansADatabaseOnThisMachine() {
    var section = new TestSection(Map.of());
    var config = provider.configure(section);
    assertThat(section.problems()).isEmpty();
    assertThat(config.host()).isEqualTo("localhost");
    assertThat(config.port()).isEqualTo(5432);
    assertThat(config.tls()).isEqualTo(Tls.OFF);
    assertThat(config.passwordFile()).isEmpty();
    assertThat(config.notifications()).isTrue();
  }

  @Test
  void aDatabaseElsewhereIsReachedByTlsUnlessSaidOtherwise() {
    assertThat(provider.configure(new TestSection(Map.of("host", "db.example.com"))).tls())
        .isEqualTo(Tls.VERIFY_FULL);
    assertThat(
            provider
                .configure(new TestSection(Map.of("host", "db.example.com", "tls", "off")))
                .tls())
        .isEqualTo(Tls.OFF);
  }

  @Test
  void everyKeyIsTaken() {
    var section =
        new TestSection(
            Map.ofEntries(
                Map.entry("host", "db.example.com"),
                Map.entry("port", 6432),
                Map.entry("database", "shared"),
                Map.entry("schema", "east"),
                Map.entry("user", "gw"),
                Map.entry("password-file", "/etc/gatehouse/password"),
                Map.entry("tls", "verify-ca"),
                Map.entry("ca-file", "/etc/ssl/db.pem"),
                Map.entry("timeout", "2s"),
                Map.entry("notifications", false),
                Map.entry("change-log", 500)));
    var config = provider.configure(section);
    assertThat(section.problems()).isEmpty();
    assertThat(config.port()).isEqualTo(6432);
    assertThat(config.schema()).isEqualTo("east");
    assertThat(config.passwordFile()).contains(Path.of("/etc/gatehouse/password"));
    assertThat(config.caFile()).contains(Path.of("/etc/ssl/db.pem"));
    assertThat(config.timeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.notifications()).isFalse();
    assertThat(config.changeLog()).isEqualTo(500);
  }

  @Test
  void whatCouldSlipIntoAStatementOrAnAddressIsRefused() {
    for (var bad :
        Map.of(
                "host", "db/../x",
                "database", "a?b=c",
                "schema", "x\"; drop table y",
                "user", "a/b",
                "password-credential", "../shadow",
                "tls", "prefer")
            .entrySet()) {
      var section = new TestSection(Map.of(bad.getKey(), bad.getValue()));
      provider.configure(section);
      assertThat(section.problems()).as(bad.toString()).hasSize(1);
    }
  }

  @Test
  void aPasswordComesFromOnePlaceOnly() {
    var section = new TestSection(Map.of("password-file", "/a", "password-credential", "database"));
    provider.configure(section);
    assertThat(section.problems()).hasSize(1);
  }
}
