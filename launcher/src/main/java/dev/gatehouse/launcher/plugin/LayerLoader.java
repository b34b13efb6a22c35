package dev.gatehouse.launcher.plugin;

import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.util.List;
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
    var layer = controller.layer();
    var found = Providers.of(layer, directory.path(), module -> module.getLayer() == layer);
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
}
