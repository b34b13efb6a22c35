package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Finds providers and asks them who they are; whatever they throw becomes a state. */
final class Providers {

  private Providers() {}

  /**
   * The plugins of some modules of a layer.
   *
   * @param directory where they lie
   */
  static List<InstalledPlugin> of(ModuleLayer layer, Path directory, Predicate<Module> modules) {
    var found = new ArrayList<InstalledPlugin>();
    for (var kind : PluginKind.values()) {
      collect(kind, layer, directory, modules, found);
    }
    return found;
  }

  private static void collect(
      PluginKind kind,
      ModuleLayer layer,
      Path directory,
      Predicate<Module> modules,
      List<InstalledPlugin> found) {
    var providers = ServiceLoader.load(layer, kind.service()).stream().iterator();
    while (true) {
      Optional<String> version = Optional.empty();
      try {
        if (!providers.hasNext()) {
          return;
        }
        var provider = providers.next();
        var module = provider.type().getModule();
        if (!modules.test(module)) {
          continue;
        }
        version = module.getDescriptor().rawVersion();
        found.add(inspect((PluginProvider<?>) provider.get(), version, Optional.of(directory)));
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

  static InstalledPlugin inspect(
      PluginProvider<?> provider, Optional<String> version, Optional<Path> directory) {
    var kind = PluginKind.of(provider);
    try {
      var id = present(provider.id(), "id()");
      var summary = present(provider.summary(), "summary()");
      var state =
          present(provider.unsupportedBecause(), "unsupportedBecause()")
              .<State>map(State.Unsupported::new)
              .orElseGet(() -> new State.Usable(provider));
      return new InstalledPlugin(
          Optional.of(id), Optional.of(kind), summary, version, directory, state);
    } catch (Throwable e) {
      return new InstalledPlugin(
          Optional.empty(), Optional.of(kind), "", version, directory, Diagnosis.of(e));
    }
  }

  private static <T> T present(@Nullable T value, String method) {
    if (value == null) {
      throw new Refusal("its provider returns nothing from " + method + "; ask its author.");
    }
    return value;
  }
}
