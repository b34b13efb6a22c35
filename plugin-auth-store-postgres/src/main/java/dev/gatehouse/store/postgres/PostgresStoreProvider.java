package dev.gatehouse.store.postgres;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.store.postgres.PostgresStoreConfig.Tls;
import dev.gatehouse.store.postgres.io.PostgresStore;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Provides the store that several gateways share: one PostgreSQL database. */
public final class PostgresStoreProvider
    implements AuthorizationStoreProvider<PostgresStoreConfig> {

  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "::1");
  private static final Predicate<String> HOST =
      Pattern.compile("[A-Za-z0-9._:-]{1,255}").asMatchPredicate();
  private static final Predicate<String> SCHEMA =
      Pattern.compile("[a-z_][a-z0-9_]{0,47}").asMatchPredicate();
  private static final Predicate<String> CREDENTIAL =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,254}").asMatchPredicate();
  private static final Predicate<String> PLAIN =
      Pattern.compile("[^\\p{Cntrl}/?&]{1,63}").asMatchPredicate();

  /** Does nothing. */
  public PostgresStoreProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("postgres");
  }

  @Override
  public String summary() {
    return "Keeps clients, resources and authorizations in PostgreSQL, for gateways that share them.";
  }

  @Override
  public PostgresStoreConfig configure(ConfigReader section) {
    var host =
        section
            .text("host")
            .describedAs("Name or address of the PostgreSQL server.")
            .must(HOST, "be a host name or an address")
            .orElse("localhost");
    var file =
        section
            .path("password-file")
            .describedAs("File with the password; nobody but its owner may read it.")
            .optional();
    var credential =
        section
            .text("password-credential")
            .describedAs("Name of the systemd credential with the password, instead of a file.")
            .must(CREDENTIAL, "be the name of a credential")
            .optional();
    if (file.isPresent() && credential.isPresent()) {
      section.problem("password-credential", "Set either password-file or password-credential.");
    }
    return new PostgresStoreConfig(
        host,
        section
            .integer("port")
            .describedAs("TCP port of the PostgreSQL server.")
            .between(1, 65535)
            .orElse(5432),
        section
            .text("database")
            .describedAs("Name of the database.")
            .must(PLAIN, "be the name of a database")
            .orElse("gatehouse"),
        section
            .text("schema")
            .describedAs("Schema that holds the tables; made at the first start if it is missing.")
            .must(SCHEMA, "be 1 to 48 lower-case letters, digits or '_', no digit first")
            .orElse("gatehouse"),
        section
            .text("user")
            .describedAs("Role to log in as.")
            .must(PLAIN, "be the name of a role")
            .orElse("gatehouse"),
        file,
        credential,
        section
            .parsed("tls", "verify-full, verify-ca or off", PostgresStoreProvider::tls)
            .describedAs(
                "How the connection is protected: verify-full, verify-ca or off. Unless set,"
                    + " verify-full, and off for a server on this machine.")
            .orElse(THIS_MACHINE.contains(host) ? Tls.OFF : Tls.VERIFY_FULL),
        section
            .path("ca-file")
            .describedAs(
                "PEM file with certificates that vouch for the server; those Java trusts unless"
                    + " set.")
            .optional(),
        duration(
            section,
            "timeout",
            "How long to wait for any single answer of the server.",
            Duration.ofMillis(100),
            Duration.ofSeconds(60),
            Duration.ofSeconds(5)),
        duration(
            section,
            "poll",
            "How often to look for changes of other gateways when no notification comes.",
            Duration.ofMillis(50),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1)),
        section
            .flag("notifications")
            .describedAs("Whether to be notified of changes of other gateways (LISTEN/NOTIFY).")
            .orElse(true),
        duration(
            section,
            "commit-window",
            "How long a transaction waits for company when writes come concurrently.",
            Duration.ZERO,
            Duration.ofMillis(5),
            Duration.ofMillis(1)),
        section
            .integer("change-log")
            .describedAs("How many changes to remember for those who follow the store.")
            .between(100, 10_000_000)
            .orElse(100_000));
  }

  private static Duration duration(
      ConfigReader section,
      String key,
      String meaning,
      Duration smallest,
      Duration largest,
      Duration usual) {
    return section
        .duration(key)
        .describedAs(meaning)
        .must(
            span -> span.compareTo(smallest) >= 0 && span.compareTo(largest) <= 0,
            "be between " + smallest.toMillis() + "ms and " + largest.toMillis() + "ms")
        .orElse(usual);
  }

  private static Tls tls(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "verify-full" -> Tls.VERIFY_FULL;
      case "verify-ca" -> Tls.VERIFY_CA;
      case "off" -> Tls.OFF;
      default ->
          throw new GatehouseException(
              StandardErrorCode.CONFIGURATION_INVALID,
              "That is not a way to protect the connection.",
              "Write verify-full, verify-ca or off.");
    };
  }

  @Override
  public AuthorizationStore create(PostgresStoreConfig config, PluginContext context) {
    return new PostgresStore(config, context);
  }

  /** Renames the schema, so that it and everything in it is still there under another name. */
  @Override
  public Optional<String> putAway(PostgresStoreConfig config, PluginContext context) {
    return Optional.of(PostgresStore.putAway(config, context.time().now()));
  }
}
