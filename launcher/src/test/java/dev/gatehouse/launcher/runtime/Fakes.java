package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.api.spi.Service;
import dev.gatehouse.api.spi.ServiceProvider;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TransportProvider;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.TunProvider;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.spi.TunnelProvider;
import dev.gatehouse.api.store.AuthorizationStore;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Plugins that only tell a journal what the launcher does to them. */
public final class Fakes {

  private Fakes() {}

  /**
   * The configuration of a fake.
   *
   * @param size any number
   */
  public record Config(int size) {

    static Config read(ConfigReader section) {
      return new Config(section.integer("size").between(1, 10).live().orElse(3));
    }
  }

  /** What a fake does in one step of its life. */
  @FunctionalInterface
  public interface Behaviour {
    /** Does it. */
    void run() throws Exception;
  }

  /** Behaviours by plugin and step, for example {@code "tun.start"}. */
  public static final class Script {
    private final Map<String, Behaviour> steps = new ConcurrentHashMap<>();

    /** Does this in that step. */
    public Script on(String step, Behaviour behaviour) {
      steps.put(step, behaviour);
      return this;
    }

    void play(String step) throws Exception {
      var behaviour = steps.get(step);
      if (behaviour != null) {
        behaviour.run();
      }
    }
  }

  /** One provider of each kind that is needed. */
  public static List<PluginProvider<?>> all(Journal journal, Script script) {
    return List.of(
        stage("policy", Set.of(Lane.FROM_TUN, Lane.FROM_TUNNEL), journal, script),
        new TunnelFake(new Common("tunnel", journal, script)),
        new TransportFake(new Common("transport", journal, script)),
        new TunFake(new Common("tun", journal, script)),
        new StoreFake(new Common("store", journal, script)),
        stage("admin", Set.of(), journal, script));
  }

  /** A TUN provider. */
  public static PluginProvider<?> tun(String id, Journal journal) {
    return new TunFake(new Common(id, journal, new Script()));
  }

  /** A stage. */
  public static PluginProvider<?> stage(
      String id, Set<Lane> consumes, Journal journal, Script script) {
    return new StageFake(new Common(id, journal, script), consumes);
  }

  private record Common(String name, Journal journal, Script script) {

    <P extends Plugin> P create(Class<P> type, Config config, PluginContext context) {
      try {
        journal.add("create " + name + " " + config.size());
        script.play(name + ".create");
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
      return type.cast(
          Proxy.newProxyInstance(
              Fakes.class.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "start", "stop", "close" -> {
                      journal.add(method.getName() + " " + name);
                      script.play(name + "." + method.getName());
                      yield null;
                    }
                    case "reconfigure" -> {
                      var wanted = (Config) arguments[0];
                      journal.add("reconfigure " + name + " " + wanted.size());
                      script.play(name + ".reconfigure");
                      yield (Runnable) () -> journal.add("changed " + name + " " + wanted.size());
                    }
                    case "name" -> name + "@" + context.id();
                    case "status" -> Map.of();
                    case "toString" -> name;
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> throw new UnsupportedOperationException(method.getName());
                  }));
    }
  }

  private record StoreFake(Common common) implements AuthorizationStoreProvider<Config> {
    @Override
    public PluginId id() {
      return new PluginId(common.name);
    }

    @Override
    public String summary() {
      return "A store.";
    }

    @Override
    public Config configure(ConfigReader section) {
      return Config.read(section);
    }

    @Override
    public AuthorizationStore create(Config config, PluginContext context) {
      return common.create(AuthorizationStore.class, config, context);
    }
  }

  private record TunFake(Common common) implements TunProvider<Config> {
    @Override
    public PluginId id() {
      return new PluginId(common.name);
    }

    @Override
    public String summary() {
      return "A device.";
    }

    @Override
    public Config configure(ConfigReader section) {
      return Config.read(section);
    }

    @Override
    public TunDevice create(Config config, PluginContext context) {
      return common.create(TunDevice.class, config, context);
    }
  }

  private record TransportFake(Common common) implements TransportProvider<Config> {
    @Override
    public PluginId id() {
      return new PluginId(common.name);
    }

    @Override
    public String summary() {
      return "A transport.";
    }

    @Override
    public Config configure(ConfigReader section) {
      return Config.read(section);
    }

    @Override
    public Transport create(Config config, PluginContext context) {
      return common.create(Transport.class, config, context);
    }
  }

  private record TunnelFake(Common common) implements TunnelProvider<Config> {
    @Override
    public PluginId id() {
      return new PluginId(common.name);
    }

    @Override
    public String summary() {
      return "A tunnel.";
    }

    @Override
    public Config configure(ConfigReader section) {
      return Config.read(section);
    }

    @Override
    public Tunnel create(Config config, PluginContext context) {
      return common.create(Tunnel.class, config, context);
    }
  }

  private record StageFake(Common common, Set<Lane> consumes) implements StageProvider<Config> {
    @Override
    public PluginId id() {
      return new PluginId(common.name);
    }

    @Override
    public String summary() {
      return "A stage.";
    }

    @Override
    public Config configure(ConfigReader section) {
      return Config.read(section);
    }

    @Override
    public Plugin create(Config config, PluginContext context) {
      return common.create(Plugin.class, config, context);
    }
  }

  /** A service that says when it is created, drained and the rest. */
  static PluginProvider<?> service(String id, Journal journal) {
    return new ServiceFake(new Common(id, journal, new Script()));
  }

  private record ServiceFake(Common common) implements ServiceProvider<Config> {
    @Override
    public PluginId id() {
      return new PluginId(common.name());
    }

    @Override
    public String summary() {
      return "fake";
    }

    @Override
    public Config configure(ConfigReader section) {
      return Config.read(section);
    }

    @Override
    public Service create(Config config, PluginContext context) {
      return new Service() {
        @Override
        public void start() {
          common.journal().add(common.name() + " start");
        }

        @Override
        public void drain() {
          common.journal().add(common.name() + " drain");
        }

        @Override
        public void stop() {
          common.journal().add(common.name() + " stop");
        }

        @Override
        public void close() {
          common.journal().add(common.name() + " close");
        }
      };
    }
  }
}
