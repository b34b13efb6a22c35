import org.jspecify.annotations.NullMarked;

/** The embedded durable authorization store and the in-memory one. */
@NullMarked
module dev.gatehouse.store {
  requires transitive dev.gatehouse.api;
  requires java.sql;
  requires org.xerial.sqlitejdbc;
  requires org.slf4j;
  requires static org.jspecify;
}
