package dev.gatehouse.launcher.store;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.launcher.runtime.BuildInfo;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** What a store is lent that runs without a gateway: nobody listens to it. */
record LoneContext(PluginId id, TimeSource time, Path stateDirectory, Supplier<Vertx> house)
    implements PluginContext {

  private static final Events NOBODY =
      new Events() {
        @Override
        public void publish(GatewayEvent event) {}

        @Override
        public <E extends GatewayEvent> Subscription subscribe(
            Class<E> type, Consumer<? super E> handler) {
          return () -> {};
        }
      };

  private static IllegalStateException alone() {
    return new IllegalStateException("a store that runs without a gateway has only itself");
  }

  @Override
  public RandomGenerator random() {
    return new SecureRandom();
  }

  @Override
  public Vertx vertx() {
    return house.get();
  }

  @Override
  public Events events() {
    return NOBODY;
  }

  @Override
  public List<Shard> shards() {
    throw alone();
  }

  @Override
  public AuthorizationStore store() {
    throw alone();
  }

  @Override
  public Tunnel tunnel() {
    throw alone();
  }

  @Override
  public Transport transport() {
    throw alone();
  }

  @Override
  public TunDevice tun() {
    throw alone();
  }

  @Override
  public Map<PluginId, Plugin> plugins() {
    return Map.of();
  }

  @Override
  public Map<String, String> about() {
    return Map.of("version", BuildInfo.read().version(), "revision", BuildInfo.read().revision());
  }
}
