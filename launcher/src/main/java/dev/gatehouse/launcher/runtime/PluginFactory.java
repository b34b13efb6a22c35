package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.api.spi.ServiceProvider;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.api.spi.TransportProvider;
import dev.gatehouse.api.spi.TunProvider;
import dev.gatehouse.api.spi.TunnelProvider;
import dev.gatehouse.launcher.runtime.Plan.SelectedPlugin;
import org.jspecify.annotations.Nullable;

/** Lets a provider create its plugin from the configuration it made itself. */
public final class PluginFactory {

  private PluginFactory() {}

  /** Creates a plugin; nothing is opened yet. */
  public static Plugin create(SelectedPlugin selected, PluginContext context) {
    @Nullable Plugin plugin =
        create(selected.plugin().provider().orElseThrow(), selected.config(), context);
    if (plugin == null) {
      throw new IllegalStateException("its provider creates nothing");
    }
    return plugin;
  }

  /** The configuration is of the provider's type: it came from it, or from a typed method. */
  @SuppressWarnings("unchecked")
  private static <C extends Record> Plugin create(
      PluginProvider<C> provider, Record config, PluginContext context) {
    var own = (C) config;
    return switch (provider) {
      case AuthorizationStoreProvider<C> store -> store.create(own, context);
      case TunProvider<C> tun -> tun.create(own, context);
      case TransportProvider<C> transport -> transport.create(own, context);
      case TunnelProvider<C> tunnel -> tunnel.create(own, context);
      case StageProvider<C> stage -> stage.create(own, context);
      case ServiceProvider<C> service -> service.create(own, context);
    };
  }
}
