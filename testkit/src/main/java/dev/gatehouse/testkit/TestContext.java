package dev.gatehouse.testkit;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A plugin context for tests: virtual time, one {@link TestShard}, {@link RecordingEvents} and a
 * seeded random generator, with the services a test puts in. Vert.x is made when first asked for.
 *
 * @since 0.1.0
 */
public final class TestContext implements PluginContext, AutoCloseable {

  private final PluginId id;
  private final Path stateDirectory;
  private final ManualTime time = new ManualTime();
  private final TestShard shard = new TestShard(time);
  private final RecordingEvents events = new RecordingEvents();
  private final Map<PluginId, Plugin> plugins = new LinkedHashMap<>();
  private RandomGenerator random = new Random(42);
  private @Nullable Supplier<Reloaded> reloading;
  private @Nullable Vertx vertx;
  private @Nullable AuthorizationStore store;
  private @Nullable Tunnel tunnel;
  private @Nullable Transport transport;
  private @Nullable TunDevice tun;

  /**
   * A context.
   *
   * @param id the plugin's id
   * @param stateDirectory an existing directory, usually JUnit's temporary one
   */
  public TestContext(String id, Path stateDirectory) {
    this.id = new PluginId(id);
    this.stateDirectory = stateDirectory;
  }

  /** Puts the store in. */
  public TestContext with(AuthorizationStore service) {
    store = service;
    return this;
  }

  /** Puts the tunnel in. */
  public TestContext with(Tunnel service) {
    tunnel = service;
    return this;
  }

  /** Puts the transport in. */
  public TestContext with(Transport service) {
    transport = service;
    return this;
  }

  /** Puts the device in. */
  public TestContext with(TunDevice service) {
    tun = service;
    return this;
  }

  /** Puts a plugin into the list of all plugins. */
  public TestContext with(String pluginId, Plugin plugin) {
    plugins.put(new PluginId(pluginId), plugin);
    return this;
  }

  /** Replaces the random generator. */
  public TestContext with(RandomGenerator generator) {
    random = generator;
    return this;
  }

  @Override
  public PluginId id() {
    return id;
  }

  @Override
  public ManualTime time() {
    return time;
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public synchronized Vertx vertx() {
    if (vertx == null) {
      vertx = Vertx.vertx();
    }
    return vertx;
  }

  @Override
  public RecordingEvents events() {
    return events;
  }

  @Override
  public List<Shard> shards() {
    return List.of(shard);
  }

  /** The one shard. */
  public TestShard shard() {
    return shard;
  }

  @Override
  public Path stateDirectory() {
    return stateDirectory;
  }

  @Override
  public AuthorizationStore store() {
    return present(store, "store");
  }

  @Override
  public Tunnel tunnel() {
    return present(tunnel, "tunnel");
  }

  @Override
  public Transport transport() {
    return present(transport, "transport");
  }

  @Override
  public TunDevice tun() {
    return present(tun, "TUN device");
  }

  @Override
  public Map<PluginId, Plugin> plugins() {
    return new LinkedHashMap<>(plugins);
  }

  /** What reading the configuration again gives; without this, it cannot be read again. */
  public TestContext reloading(Supplier<Reloaded> given) {
    reloading = given;
    return this;
  }

  @Override
  public Reloaded reload() throws InterruptedException {
    var given = reloading;
    return given == null ? PluginContext.super.reload() : given.get();
  }

  @Override
  public Map<String, String> about() {
    return Map.of("version", "0.0.0-test", "revision", "test");
  }

  /** Closes Vert.x, if there is one; the pool and its batches stay for the test to look at. */
  @Override
  public synchronized void close() {
    if (vertx != null) {
      vertx.close().await();
      vertx = null;
    }
  }

  private static <T> T present(@Nullable T service, String what) {
    if (service == null) {
      throw new IllegalStateException("the test put no " + what + " into the context");
    }
    return service;
  }
}
