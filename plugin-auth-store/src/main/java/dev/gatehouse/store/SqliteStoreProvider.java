package dev.gatehouse.store;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.store.io.EngineStore;
import dev.gatehouse.store.io.SqliteFiles;
import dev.gatehouse.store.io.SqliteJournal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Provides the durable store: one SQLite file in the state directory. */
public final class SqliteStoreProvider implements AuthorizationStoreProvider<SqliteStoreConfig> {

  /** The name of the file unless the configuration names another. */
  public static final String DEFAULT_FILE = "authorizations.db";

  private static final Duration LONGEST_WINDOW = Duration.ofMillis(5);

  /** Does nothing. */
  public SqliteStoreProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("sqlite");
  }

  @Override
  public String summary() {
    return "Keeps clients, resources and authorizations in one SQLite file, through crashes.";
  }

  @Override
  public SqliteStoreConfig configure(ConfigReader section) {
    var defaults = SqliteStoreConfig.defaults();
    return new SqliteStoreConfig(
        section
            .path("file")
            .describedAs(
                "Where to keep the data; "
                    + DEFAULT_FILE
                    + " in the state directory unless set. Give it a directory of its own or"
                    + " the state directory, on a local disk.")
            .optional(),
        section
            .duration("commit-window")
            .describedAs("How long a transaction waits for company when writes come concurrently.")
            .must(
                window -> !window.isNegative() && window.compareTo(LONGEST_WINDOW) <= 0,
                "be between 0ms and 5ms")
            .orElse(defaults.commitWindow()),
        section
            .integer("change-log")
            .describedAs("How many changes to remember for those who follow the store.")
            .between(100, 1_000_000)
            .orElse(defaults.changeLog()));
  }

  @Override
  public AuthorizationStore create(SqliteStoreConfig config, PluginContext context) {
    var journal =
        new SqliteJournal(file(config, context), context.stateDirectory(), config.changeLog());
    return new EngineStore(context, journal, config.commitWindow());
  }

  private static Path file(SqliteStoreConfig config, PluginContext context) {
    return config.file().orElseGet(() -> context.stateDirectory().resolve(DEFAULT_FILE));
  }

  @Override
  public Optional<AuthorizationStore> openBackup(Path backup, PluginContext context) {
    if (!SqliteFiles.isDatabase(backup)) {
      return Optional.empty();
    }
    SqliteFiles.copy(backup, context.stateDirectory().resolve(DEFAULT_FILE));
    return Optional.of(create(SqliteStoreConfig.defaults(), context));
  }

  @Override
  public Optional<String> putAway(SqliteStoreConfig config, PluginContext context) {
    return SqliteFiles.putAway(
            file(config, context), context.stateDirectory(), context.time().now())
        .map(Path::toString);
  }
}
