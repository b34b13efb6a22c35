import org.jspecify.annotations.NullMarked;

/** The TUN device of Linux. */
@NullMarked
module dev.gatehouse.tun.linux {
  requires transitive dev.gatehouse.api;
  requires org.jnrproject.ffi;
  requires org.slf4j;
  requires static org.jspecify;
}
