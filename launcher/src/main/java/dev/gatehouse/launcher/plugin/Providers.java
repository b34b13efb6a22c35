package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks a provider who it is; whatever it throws becomes a state. */
final class Providers {

  private Providers() {}

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
