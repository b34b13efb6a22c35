import org.jspecify.annotations.NullMarked;

/** The policy stage: peers, routing, filters, ICMP errors. */
@NullMarked
module dev.gatehouse.gateway {
  requires transitive dev.gatehouse.api;
  requires org.slf4j;
  requires static org.jspecify;
}
