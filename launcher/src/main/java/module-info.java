import org.jspecify.annotations.NullMarked;

/**
 * CLI, configuration, plugin discovery, wiring, logging and the embedding entry point.
 *
 * @uses dev.gatehouse.api.spi.AuthorizationStoreProvider the store of clients and authorizations
 * @uses dev.gatehouse.api.spi.TunProvider the device towards this machine's network
 * @uses dev.gatehouse.api.spi.TransportProvider the way datagrams reach peers
 * @uses dev.gatehouse.api.spi.TunnelProvider the encryption
 * @uses dev.gatehouse.api.spi.StageProvider policy and what stands beside the packet path
 * @uses dev.gatehouse.api.spi.ServiceProvider what stands on its own, such as a relay
 */
@NullMarked
module dev.gatehouse.launcher {
  requires transitive dev.gatehouse.api;
  requires info.picocli;
  requires io.nayuki.qrcodegen;
  requires io.netty.common;
  requires io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  requires jdk.unsupported; // signals
  requires org.slf4j;
  requires tools.jackson.core;
  requires tools.jackson.databind;
  requires tools.jackson.dataformat.toml;
  requires static ch.qos.logback.classic; // bound by the command line only, never when embedded
  requires static ch.qos.logback.core;
  requires static org.jspecify;

  exports dev.gatehouse.launcher;

  opens dev.gatehouse.launcher.cli to
      info.picocli;
  opens dev.gatehouse.launcher.remote to
      info.picocli;
  opens dev.gatehouse.launcher.store to
      info.picocli;

  uses dev.gatehouse.api.spi.AuthorizationStoreProvider;
  uses dev.gatehouse.api.spi.ServiceProvider;
  uses dev.gatehouse.api.spi.StageProvider;
  uses dev.gatehouse.api.spi.TransportProvider;
  uses dev.gatehouse.api.spi.TunProvider;
  uses dev.gatehouse.api.spi.TunnelProvider;
}
