package dev.gatehouse.testkit.store;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.TestContext;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** A {@link TestContext} that tells who listens on Vert.x's event bus. */
final class KitContext implements PluginContext {

  private final TestContext real;
  private final RecordingVertx recording = new RecordingVertx();

  KitContext(TestContext real) {
    this.real = real;
  }

  List<String> busConsumers() {
    return recording.addresses();
  }

  @Override
  public PluginId id() {
    return real.id();
  }

  @Override
  public ManualTime time() {
    return real.time();
  }

  @Override
  public RandomGenerator random() {
    return real.random();
  }

  @Override
  public Vertx vertx() {
    return recording.around(real::vertx);
  }

  @Override
  public Events events() {
    return real.events();
  }

  @Override
  public List<Shard> shards() {
    return real.shards();
  }

  @Override
  public Path stateDirectory() {
    return real.stateDirectory();
  }

  @Override
  public AuthorizationStore store() {
    return real.store();
  }

  @Override
  public Tunnel tunnel() {
    return real.tunnel();
  }

  @Override
  public Transport transport() {
    return real.transport();
  }

  @Override
  public TunDevice tun() {
    return real.tun();
  }

  @Override
  public Map<PluginId, Plugin> plugins() {
    return real.plugins();
  }

  @Override
  public Map<String, String> about() {
    return real.about();
  }
}
