import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.gateway.PolicyProvider;
import org.jspecify.annotations.NullMarked;

/**
 * The policy stage: peers, routing, filters, ICMP errors.
 *
 * @provides StageProvider as {@code policy}
 */
@NullMarked
module dev.gatehouse.gateway {
  requires transitive dev.gatehouse.api;
  requires org.slf4j;
  requires static org.jspecify;

  // API
  exports dev.gatehouse.gateway;

  provides StageProvider with
      PolicyProvider;
}
