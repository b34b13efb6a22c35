package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.LoopShard;
import dev.gatehouse.testkit.TestContext;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A {@link TestContext} in real time, with {@linkplain LoopShard shards that have threads}.
 *
 * @since 0.1.0
 */
public final class TunContext implements PluginContext {

  private final TestContext rest = new TestContext("tun-under-test", Path.of("."));
  private final List<LoopShard> shards;

  /** A context with these shards. */
  public TunContext(List<LoopShard> shards) {
    this.shards = List.copyOf(shards);
  }

  @Override
  public PluginId id() {
    return rest.id();
  }

  @Override
  public TimeSource time() {
    return TimeSource.system();
  }

  @Override
  public RandomGenerator random() {
    return rest.random();
  }

  @Override
  public Vertx vertx() {
    return rest.vertx();
  }

  @Override
  public Events events() {
    return rest.events();
  }

  @Override
  public List<Shard> shards() {
    return List.copyOf(shards);
  }

  @Override
  public Path stateDirectory() {
    return rest.stateDirectory();
  }

  @Override
  public AuthorizationStore store() {
    return rest.store();
  }

  @Override
  public Tunnel tunnel() {
    return rest.tunnel();
  }

  @Override
  public Transport transport() {
    return rest.transport();
  }

  @Override
  public TunDevice tun() {
    return rest.tun();
  }

  @Override
  public Map<PluginId, Plugin> plugins() {
    return rest.plugins();
  }

  @Override
  public Map<String, String> about() {
    return rest.about();
  }
}
