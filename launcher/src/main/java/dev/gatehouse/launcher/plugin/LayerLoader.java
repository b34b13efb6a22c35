package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginProvider;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** Loads a plugin directory as one module layer on top of the host's and asks its providers. */
final class LayerLoader {

  private final ModuleLayer host;
  private final PluginLayers layers;

  LayerLoader(ModuleLayer host, PluginLayers layers) {
    this.host = host;
    this.layers = layers;
  }

  /**
   * Loads what the directory provides.
   *
   * @throws Refusal if nothing in it is a plugin
   * @throws RuntimeException or an {@link Error} as the module system throws it
   */
  List<InstalledPlugin> load(PluginDirectory directory) {
    refuseUnnamed(directory);
    var references = directory.references();
    var roots =
        references.stream().map(ModuleReference::descriptor).map(ModuleDescriptor::name).toList();
    var configuration =
        Configuration.resolve(
            ModuleFinder.of(), List.of(host.configuration()), layers.tracking(references), roots);
    var controller =
        ModuleLayer.defineModulesWithOneLoader(
            configuration, List.of(host), ClassLoader.getPlatformClassLoader());
    enableNativeAccess(controller);
    var found = new ArrayList<InstalledPlugin>();
    for (var kind : PluginKind.values()) {
      collect(kind, directory.path(), controller.layer(), found);
    }
    if (found.isEmpty()) {
      throw new Refusal(
          "no module in it provides a plugin (found "
              + roots.stream().sorted().collect(Collectors.joining(", "))
              + "); its module-info must say 'provides dev.gatehouse.api.spi.… with …'.");
    }
    return found;
  }

  /** Without a module descriptor nobody can tell what a plugin was compiled against. */
  private static void refuseUnnamed(PluginDirectory directory) {
    for (var descriptor : directory.providing()) {
      if (descriptor.isAutomatic()) {
        throw new Refusal(
            "its jar has no module-info (it would be "
                + descriptor.name()
                + "); its author must add one that says 'requires dev.gatehouse.api' and"
                + " 'provides …'.");
      }
    }
  }

  @SuppressWarnings("restricted") // plugins with native code are why the launcher has this right
  private static void enableNativeAccess(ModuleLayer.Controller controller) {
    controller.layer().modules().forEach(controller::enableNativeAccess);
  }

  private static void collect(
      PluginKind kind, Path directory, ModuleLayer layer, List<InstalledPlugin> found) {
    var providers = ServiceLoader.load(layer, kind.service()).stream().iterator();
    while (true) {
      Optional<String> version = Optional.empty();
      try {
        if (!providers.hasNext()) {
          return;
        }
        var provider = providers.next();
        var module = provider.type().getModule();
        if (module.getLayer() != layer) {
          continue;
        }
        version = module.getDescriptor().rawVersion();
        found.add(
            Providers.inspect((PluginProvider<?>) provider.get(), version, Optional.of(directory)));
      } catch (ServiceConfigurationError | RuntimeException | LinkageError e) {
        found.add(
            new InstalledPlugin(
                Optional.empty(),
                Optional.of(kind),
                "",
                version,
                Optional.of(directory),
                Diagnosis.of(e)));
      }
    }
  }
}
