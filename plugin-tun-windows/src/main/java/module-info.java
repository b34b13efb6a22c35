import org.jspecify.annotations.NullMarked;

/** The TUN device of Windows through Wintun. */
@NullMarked
module dev.gatehouse.tun.windows {
  requires transitive dev.gatehouse.api;
  requires org.jnrproject.ffi;
  requires org.slf4j;
  requires static org.jspecify;
}
