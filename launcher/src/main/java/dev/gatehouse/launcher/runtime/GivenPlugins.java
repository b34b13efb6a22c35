package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.TunProvider;
import java.util.Set;
import java.util.function.Function;

/** Providers of what the embedding program makes itself and configures itself. */
public final class GivenPlugins {

  /** Nothing is read from a section. */
  public record Nothing() {}

  private static final String SUMMARY = "Made by the embedding program.";

  private GivenPlugins() {}

  /** Provides a TUN device. */
  public static TunProvider<Nothing> tun(
      PluginId id, Function<? super PluginContext, ? extends TunDevice> maker) {
    return new Tun(id, maker);
  }

  /** Provides a stage beside the packet path. */
  public static StageProvider<Nothing> stage(
      PluginId id, Function<? super PluginContext, ? extends Plugin> maker) {
    return new Stage(id, maker);
  }

  private record Tun(PluginId id, Function<? super PluginContext, ? extends TunDevice> maker)
      implements TunProvider<Nothing> {

    @Override
    public String summary() {
      return SUMMARY;
    }

    @Override
    public Nothing configure(ConfigReader section) {
      return new Nothing();
    }

    @Override
    public TunDevice create(Nothing config, PluginContext context) {
      return maker.apply(context);
    }
  }

  private record Stage(PluginId id, Function<? super PluginContext, ? extends Plugin> maker)
      implements StageProvider<Nothing> {

    @Override
    public String summary() {
      return SUMMARY;
    }

    @Override
    public Nothing configure(ConfigReader section) {
      return new Nothing();
    }

    @Override
    public Set<Lane> consumes() {
      return Set.of();
    }

    @Override
    public Plugin create(Nothing config, PluginContext context) {
      return maker.apply(context);
    }
  }
}
