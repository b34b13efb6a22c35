package dev.gatehouse.bench.store;

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
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A context in which nobody listens to events and nothing is remembered. */
public final class BenchContext implements PluginContext {

  private static final class NoEvents implements Events {
    @Override
    public void publish(GatewayEvent event) {}

    @Override
    public <E extends GatewayEvent> Subscription subscribe(
        Class<E> type, Consumer<? super E> handler) {
      return () -> {};
    }
  }

  private final String id;
  private final Path directory;
  private final TimeSource time;
  private final Events events = new NoEvents();
  private @Nullable AuthorizationStore store;
  private @Nullable Shard shard;
  private @Nullable Vertx vertx;

  /** A plugin of that id, with this state directory. */
  public BenchContext(String id, Path directory, TimeSource time) {
    this.id = id;
    this.directory = directory;
    this.time = time;
  }

  BenchContext with(AuthorizationStore service, Shard onlyShard) {
    store = service;
    shard = onlyShard;
    return this;
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("not part of this benchmark");
    }
    return value;
  }

  @Override
  public PluginId id() {
    return new PluginId(id);
  }

  @Override
  public TimeSource time() {
    return time;
  }

  @Override
  public RandomGenerator random() {
    return RandomGenerator.getDefault();
  }

  @Override
  public synchronized Vertx vertx() {
    var current = vertx;
    if (current == null) {
      current = Vertx.vertx(); // until the process ends, which is soon
      vertx = current;
    }
    return current;
  }

  @Override
  public Events events() {
    return events;
  }

  @Override
  public List<Shard> shards() {
    return List.of(present(shard));
  }

  @Override
  public Path stateDirectory() {
    return directory;
  }

  @Override
  public AuthorizationStore store() {
    return present(store);
  }

  @Override
  public Tunnel tunnel() {
    return new SilentTunnel();
  }

  @Override
  public Transport transport() {
    throw new IllegalStateException("not part of this benchmark");
  }

  @Override
  public TunDevice tun() {
    return new SilentTun();
  }

  @Override
  public Map<PluginId, Plugin> plugins() {
    return Map.of();
  }

  @Override
  public Map<String, String> about() {
    return Map.of();
  }
}
