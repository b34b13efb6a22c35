import org.jspecify.annotations.NullMarked;

/** Reaching peers: UDP transport and STUN. */
@NullMarked
module dev.gatehouse.relay {
  requires transitive dev.gatehouse.api;
  requires org.jnrproject.ffi;
  requires org.slf4j;
  requires static org.jspecify;
}
