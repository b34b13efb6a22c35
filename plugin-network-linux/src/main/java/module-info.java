import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.network.NetworkProvider;
import org.jspecify.annotations.NullMarked;

/**
 * The network set-up of Linux: forwarding, address translation and segment sizes.
 *
 * @provides StageProvider as {@code network}
 */
@NullMarked
module dev.gatehouse.network {
  requires transitive dev.gatehouse.api;
  requires org.slf4j;
  requires static org.jspecify;

  // API
  exports dev.gatehouse.network;

  provides StageProvider with
      NetworkProvider;
}
