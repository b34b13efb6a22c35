import org.jspecify.annotations.NullMarked;

/** The operators' interface. */
@NullMarked
module dev.gatehouse.admin {
  requires transitive dev.gatehouse.api;
  requires org.slf4j;
  requires static org.jspecify;
}
