import org.jspecify.annotations.NullMarked;

/**
 * The contracts every Gatehouse plugin is written against, and nothing else.
 *
 * <p>A plugin {@code requires dev.gatehouse.api} and {@code provides} one of the providers in
 * {@link dev.gatehouse.api.spi}. It never sees another plugin.
 */
@NullMarked
module dev.gatehouse.api {
  requires transitive io.vertx.core;
  requires static transitive org.jspecify;

  // API
  exports dev.gatehouse.api;
  exports dev.gatehouse.api.config;
  exports dev.gatehouse.api.event;
  exports dev.gatehouse.api.model;
  exports dev.gatehouse.api.packet;
  exports dev.gatehouse.api.store;

  // SPI
  exports dev.gatehouse.api.spi;
}
