import dev.gatehouse.admin.AdminProvider;
import org.jspecify.annotations.NullMarked;

/**
 * The operators' interface: a small HTTP API on a Unix domain socket.
 *
 * @provides dev.gatehouse.api.spi.StageProvider the stage {@code admin}, beside the packet path
 */
@NullMarked
module dev.gatehouse.admin {
  requires transitive dev.gatehouse.api;
  requires org.slf4j;
  requires tools.jackson.core;
  requires static org.jspecify;

  exports dev.gatehouse.admin;

  provides dev.gatehouse.api.spi.StageProvider with
      AdminProvider;
}
