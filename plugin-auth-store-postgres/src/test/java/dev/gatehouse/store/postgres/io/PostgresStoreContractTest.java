package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.store.AuthorizationStoreContract;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** Every rule of the contract, on a server of its own; every test in a schema of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PostgresStoreContractTest extends AuthorizationStoreContract {

  private final AtomicInteger schemas = new AtomicInteger();
  private PostgresServer server;
  private String schema = "";

  @BeforeAll
  void startServer() {
    // What a commit costs is measured elsewhere; the rules need no disk.
    server = PostgresServer.start("fsync=off");
    schema = "rule_" + schemas.incrementAndGet();
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @AfterEach
  void useAnotherSchema() {
    schema = "rule_" + schemas.incrementAndGet();
  }

  @Override
  protected AuthorizationStore create(PluginContext context) {
    // The time of the rules is virtual, so the database's clock has to go along with it.
    return new PostgresStore(server.config(schema), context, real -> context.time().now());
  }
}
