import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.client.ClientProvider;
import org.jspecify.annotations.NullMarked;

/**
 * The client role: this machine reaches resources through one gateway.
 *
 * @provides StageProvider as {@code client}
 */
@NullMarked
module dev.gatehouse.client {
  requires transitive dev.gatehouse.api;
  requires org.slf4j;
  requires static org.jspecify;

  // API
  exports dev.gatehouse.client;

  provides StageProvider with
      ClientProvider;
}
