import org.jspecify.annotations.NullMarked;

/** CLI, configuration, plugin discovery, wiring, logging and the embedding entry point. */
@NullMarked
module dev.gatehouse.launcher {
  requires transitive dev.gatehouse.api;
  requires io.netty.common;
  requires io.netty.transport;
  requires io.netty.transport.classes.epoll;
  requires io.netty.transport.unix.common;
  requires ch.qos.logback.classic;
  requires ch.qos.logback.core;
  requires info.picocli;
  requires tools.jackson.core;
  requires tools.jackson.databind;
  requires tools.jackson.dataformat.toml;
  requires org.slf4j;
  requires static org.jspecify;
}
