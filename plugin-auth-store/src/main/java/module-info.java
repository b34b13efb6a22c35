import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.store.MemoryStoreProvider;
import dev.gatehouse.store.SqliteStoreProvider;
import org.jspecify.annotations.NullMarked;

/** The embedded durable authorization store and the in-memory one. */
@NullMarked
module dev.gatehouse.store {
  requires transitive dev.gatehouse.api;
  requires java.sql;
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;
  requires static org.jspecify;

  exports dev.gatehouse.store;

  provides AuthorizationStoreProvider with
      MemoryStoreProvider,
      SqliteStoreProvider;
}
