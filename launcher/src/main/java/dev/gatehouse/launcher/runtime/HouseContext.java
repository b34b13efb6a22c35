package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Reloaded;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What the house lends one plugin. */
record HouseContext(
    PluginId id,
    TimeSource time,
    RandomGenerator random,
    Vertx vertx,
    Events events,
    List<Shard> shards,
    Path stateDirectory,
    Services services,
    Map<String, String> about)
    implements PluginContext {

  @Override
  public AuthorizationStore store() {
    return services.store();
  }

  @Override
  public Tunnel tunnel() {
    return services.tunnel();
  }

  @Override
  public Transport transport() {
    return services.transport();
  }

  @Override
  public TunDevice tun() {
    return services.tun();
  }

  @Override
  public Map<PluginId, Plugin> plugins() {
    return services.plugins();
  }

  @Override
  public Map<String, String> about() {
    return services.withFacts(about);
  }

  @Override
  public Reloaded reload() throws InterruptedException {
    return services.reload(id.value());
  }
}
