package dev.gatehouse.api.spi;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.store.AuthorizationStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * What the house lends a plugin. Valid until the plugin is closed. Safe for any thread. A house
 * that consists of {@linkplain Service services} alone has no store, tunnel, transport or device;
 * asking for one is an {@link IllegalStateException} there.
 *
 * @since 0.1.0
 */
public interface PluginContext {

  /** The plugin's id. */
  PluginId id();

  /** The clocks to go by. */
  TimeSource time();

  /** Secure random numbers. */
  RandomGenerator random();

  /** The gateway's Vert.x, which the plugin must not close. */
  Vertx vertx();

  /** The event bus, typed. */
  Events events();

  /** The shards of the packet path, at least one. */
  List<Shard> shards();

  /**
   * The gateway's state directory, mode 0700. A plugin keeps to files that start with its own id or
   * that its documentation names.
   */
  Path stateDirectory();

  /** The authorization store. From {@link Plugin#start()} on. */
  AuthorizationStore store();

  /** The tunnel. From {@link Plugin#start()} on. */
  Tunnel tunnel();

  /** The transport. From {@link Plugin#start()} on. */
  Transport transport();

  /** The TUN device. From {@link Plugin#start()} on. */
  TunDevice tun();

  /**
   * All plugins of the gateway by id, in the order of their start. From {@link Plugin#start()} on.
   */
  Map<PluginId, Plugin> plugins();

  /**
   * Reads the configuration again and makes what can be changed while running take effect. All of
   * it is checked first; connections and authorizations are not touched. Any thread but an event
   * loop, for it waits.
   *
   * @throws dev.gatehouse.api.GatehouseException if the configuration is not sound or a plugin
   *     cannot follow it; nothing has changed then
   * @throws InterruptedException if the thread was interrupted
   */
  default Reloaded reload() throws InterruptedException {
    throw new dev.gatehouse.api.GatehouseException(
        dev.gatehouse.api.StandardErrorCode.NOT_FOUND,
        "This gateway's configuration cannot be read again.",
        "Start it with a configuration file.");
  }

  /** Facts about the running program: {@code version}, {@code revision}, {@code started-at}. */
  Map<String, String> about();
}
