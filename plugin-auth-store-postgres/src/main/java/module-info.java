import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.store.postgres.PostgresStoreProvider;
import org.jspecify.annotations.NullMarked;

/** The authorization store on PostgreSQL, for gateways that share state. */
@NullMarked
module dev.gatehouse.store.postgres {
  requires transitive dev.gatehouse.api;
  requires java.sql;
  requires org.postgresql.jdbc;
  requires org.slf4j;
  requires static org.jspecify;

  exports dev.gatehouse.store.postgres;

  provides AuthorizationStoreProvider with
      PostgresStoreProvider;
}
