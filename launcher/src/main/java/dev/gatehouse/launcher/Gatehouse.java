package dev.gatehouse.launcher;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.api.spi.Reloaded;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.runtime.GivenPlugins;
import dev.gatehouse.launcher.runtime.House;
import dev.gatehouse.launcher.runtime.Keeper;
import dev.gatehouse.launcher.runtime.Origins;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Planner;
import dev.gatehouse.launcher.runtime.Setup;
import dev.gatehouse.launcher.runtime.Surroundings;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A gateway inside another program.
 *
 * <pre>{@code
 * try (var gateway = Gatehouse.builder().configuration(Path.of("gatehouse.toml")).start()) {
 *   gateway.store().createClient(…);
 * }
 * }</pre>
 *
 * <p>Several may run in one process, each with a state directory of its own. Nothing is shared, no
 * logging backend is chosen, no signal is handled, and after {@link #close()} no thread or file of
 * it is left. Safe for any thread.
 *
 * @since 0.1.0
 */
public final class Gatehouse implements AutoCloseable {

  private final Keeper keeper;

  private Gatehouse(Builder settings) {
    keeper = new Keeper(settings::open);
  }

  /** Describes a gateway; nothing happens before {@link Builder#start()}. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Starts a gateway that was built with {@link Builder#build()}; once only. Returns when it is
   * ready.
   *
   * @throws GatehouseException if it cannot start, with every known reason; nothing stays open
   */
  public void start() {
    keeper.start();
  }

  /**
   * Stops the plugins and closes everything; a start that is under way on another thread is given
   * up. Returns when nothing is open any more. Closing again does nothing. Not to be called on an
   * event loop, for whose tasks it waits.
   */
  @Override
  public void close() {
    keeper.close();
  }

  /** The authorization store. */
  public AuthorizationStore store() {
    return running().services().store();
  }

  /** The tunnel. */
  public Tunnel tunnel() {
    return running().services().tunnel();
  }

  /** The transport. */
  public Transport transport() {
    return running().services().transport();
  }

  /** The TUN device. */
  public TunDevice tun() {
    return running().services().tun();
  }

  /** All plugins by id, in the order of their start. */
  public Map<PluginId, Plugin> plugins() {
    return running().services().plugins();
  }

  /** The gateway's events. */
  public Events events() {
    return running().events();
  }

  /** Where its state is. */
  public Path stateDirectory() {
    return running().stateDirectory();
  }

  /** Facts about the program: {@code version}, {@code revision}, {@code started-at} and others. */
  public Map<String, String> about() {
    return running().about();
  }

  /**
   * Reads the configuration again, from the file or the values it was built with, and lets what can
   * change while running take effect. Everything is checked first. Not to be called on an event
   * loop, for it waits.
   *
   * @return which keys changed, and which wait for the next start
   * @throws GatehouseException if the configuration is not sound or a plugin cannot follow it;
   *     nothing has changed then
   * @throws InterruptedException if the thread was interrupted
   */
  public Reloaded reload() throws InterruptedException {
    return running().reload("program");
  }

  private House running() {
    return keeper.running();
  }

  /** What a gateway is to be made of. Not safe for concurrent use. */
  public static final class Builder {

    private record Listener<E extends GatewayEvent>(Class<E> type, Consumer<? super E> handler) {
      void subscribe(Events events) {
        events.subscribe(type, handler); // ends with the gateway
      }
    }

    private ConfigSource source = ConfigSource.defaults();
    private Optional<Path> file = Optional.empty();
    private final List<Setup.Passed<?>> passed = new ArrayList<>();
    private final List<Path> directories = new ArrayList<>();
    private final List<Listener<?>> listeners = new ArrayList<>();
    private @Nullable Path stateDirectory;
    private @Nullable Vertx vertx;
    private @Nullable GatewaySettings settings;
    private TimeSource time = TimeSource.system();

    private Builder() {}

    /**
     * Takes the configuration from a TOML file.
     *
     * @throws GatehouseException if it cannot be read or is not TOML
     */
    public Builder configuration(Path configuration) {
      source = ConfigSource.file(configuration);
      file = Optional.of(configuration);
      return this;
    }

    /**
     * Takes the configuration from a TOML text; relative paths are relative to the working
     * directory.
     *
     * @throws GatehouseException if it is not TOML
     */
    public Builder configuration(String toml) {
      source = ConfigSource.text(toml);
      file = Optional.empty();
      return this;
    }

    /**
     * Takes the configuration from values: sections as maps, lists as lists, everything else as
     * text, {@code Integer} or {@code Boolean}.
     */
    public Builder configuration(Map<String, ?> values) {
      source = ConfigSource.values(values);
      file = Optional.empty();
      return this;
    }

    /** Offers a provider, whose configuration is read from its section. */
    public Builder provider(PluginProvider<?> provider) {
      passed.add(passed(provider));
      return this;
    }

    /** Offers a provider with its configuration. */
    public <C extends Record> Builder provider(PluginProvider<C> provider, C config) {
      passed.add(new Setup.Passed<>(provider, Optional.of(config)));
      return this;
    }

    private static <C extends Record> Setup.Passed<C> passed(PluginProvider<C> provider) {
      return new Setup.Passed<>(provider, Optional.empty());
    }

    /**
     * Uses a TUN device of the caller's, which is made when the gateway is created and takes part
     * in its life like that of any plugin.
     *
     * @param id what it is called in messages and metrics: lower case letters, digits and dashes
     */
    public Builder tun(String id, Function<? super PluginContext, ? extends TunDevice> device) {
      passed.add(passed(GivenPlugins.tun(new PluginId(id), device)));
      return this;
    }

    /**
     * Adds a plugin of the caller's beside the packet path: it takes no packets, but sees events,
     * the store and everything else a {@link PluginContext} lends. One that takes packets is a
     * {@link dev.gatehouse.api.spi.StageProvider}.
     *
     * @param id what it is called in messages and metrics: lower case letters, digits and dashes
     */
    public Builder stage(String id, Function<? super PluginContext, ? extends Plugin> plugin) {
      passed.add(passed(GivenPlugins.stage(new PluginId(id), plugin)));
      return this;
    }

    /** Tells the house itself what to do, whatever the configuration says. */
    public Builder settings(GatewaySettings given) {
      settings = given;
      return this;
    }

    /** Searches a directory for plugins, each in a directory of its own; may be called again. */
    public Builder plugins(Path directory) {
      directories.add(directory);
      return this;
    }

    /** Keeps state here, whatever the configuration says. */
    public Builder stateDirectory(Path directory) {
      stateDirectory = directory;
      return this;
    }

    /**
     * Uses this Vert.x, which stays the caller's to close; otherwise the gateway has its own. Its
     * event loops carry packets, so it has to prefer the native transport ({@link
     * io.vertx.core.VertxOptions#setPreferNativeTransport}).
     */
    public Builder vertx(Vertx given) {
      vertx = given;
      return this;
    }

    /** Goes by these clocks; otherwise by the machine's. */
    public Builder time(TimeSource given) {
      time = given;
      return this;
    }

    /** Listens to events from the very first on; see {@link Events#subscribe}. */
    public <E extends GatewayEvent> Builder on(Class<E> type, Consumer<? super E> handler) {
      listeners.add(new Listener<>(type, handler));
      return this;
    }

    /** A gateway that {@link Gatehouse#start()} starts, so that another thread can close it. */
    public Gatehouse build() {
      return new Gatehouse(this);
    }

    /**
     * Starts the gateway and returns when it is ready.
     *
     * @throws GatehouseException if it cannot start, with every known reason; nothing stays open
     */
    public Gatehouse start() {
      var gateway = build();
      gateway.start();
      return gateway;
    }

    private House open() throws InterruptedException {
      var plan = Planner.plan(setup());
      boolean isOpen = false;
      try {
        var failure = plan.failure();
        if (failure.isPresent()) {
          throw failure.get();
        }
        var house =
            House.open(
                plan,
                time,
                Optional.ofNullable(vertx),
                Optional.of(new Origins(this::plan, Optional.empty(), Map::of, passedSections())),
                events -> listeners.forEach(listener -> listener.subscribe(events)));
        isOpen = true;
        return house;
      } finally {
        if (!isOpen) {
          plan.close();
        }
      }
    }

    private Plan plan() {
      file.ifPresent(path -> source = ConfigSource.file(path));
      return Planner.plan(setup());
    }

    private Set<String> passedSections() {
      return passed.stream()
          .filter(one -> one.config().isPresent())
          .map(one -> Planner.section(PluginKind.of(one.provider()), one.provider().id()))
          .collect(Collectors.toSet());
    }

    private Setup setup() {
      return Setup.gateway(
          settings == null ? source : Configured.with(source, settings),
          passed,
          directories.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(directories)),
          Optional.ofNullable(stateDirectory),
          Surroundings.ofThisProcess());
    }
  }
}
