package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginProvider;
import dev.gatehouse.launcher.config.Section;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be found out about an installed plugin without starting it.
 *
 * @param plugin the plugin
 * @param problems what keeps it from working, one sentence each
 * @param notes what is worth knowing, one sentence each
 */
public record Verification(InstalledPlugin plugin, List<String> problems, List<String> notes) {

  /** Copies the lists. */
  public Verification {
    problems = List.copyOf(problems);
    notes = List.copyOf(notes);
  }

  /** Looks at a plugin. */
  public static Verification of(InstalledPlugin plugin) {
    var problems = new ArrayList<String>();
    var notes = new ArrayList<String>();
    switch (plugin.state()) {
      case State.Usable(var provider) -> unconfigurable(provider).ifPresent(problems::add);
      case State.Unsupported _, State.Disabled _ -> notes.add(plugin.sentence());
      case State.Incompatible _, State.Broken _ -> problems.add(plugin.sentence());
    }
    plugin.directory().ifPresent(directory -> look(plugin, directory, problems, notes));
    return new Verification(plugin, problems, notes);
  }

  private static void look(
      InstalledPlugin plugin, Path directory, List<String> problems, List<String> notes) {
    try {
      for (var difference : Checksums.differences(directory)) {
        if (problems.stream().noneMatch(problem -> problem.endsWith(difference))) {
          problems.add(difference);
        }
      }
      var contents = PluginDirectory.read(directory);
      if (!Checksums.recorded(directory) && !contents.isBuiltIn()) {
        notes.add("It has no recorded checksums, because it was not put there by 'install'.");
      }
      if (contents.descriptors().isEmpty()) {
        notes.add(
            "It has no descriptor, so it is loaded to be asked who it is; 'gatehouse plugins"
                + " describe "
                + plugin.name()
                + "' writes one.");
      }
      contents.descriptors().stream()
          .filter(one -> plugin.id().filter(one.id()::equals).isPresent())
          .filter(one -> one.suits(Platform.here()))
          .flatMap(one -> one.libraries().stream())
          .filter(library -> !isThere(library))
          .forEach(library ->
              problems.add(
                  "It needs the library "
                      + library
                      + ", which this machine does not have; install the package that holds it."));
    } catch (IOException | RuntimeException e) {
      if (problems.isEmpty() && !(plugin.state() instanceof State.Disabled)) {
        problems.add(Diagnosis.of(e).because());
      }
    }
  }

  @SuppressWarnings("restricted") // the launcher has the right, for the sake of plugins
  private static boolean isThere(String library) {
    try (var arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(library, arena);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Why a provider cannot make a configuration of an empty section, as one sentence. */
  static Optional<String> unconfigurable(PluginProvider<?> provider) {
    try {
      boolean made =
          Patience.ask("configure", () -> makesSomething(provider)).await(Patience.LIMIT);
      return made
          ? Optional.empty()
          : Optional.of("it returns no configuration for an empty section; ask its author.");
    } catch (TimeoutException e) {
      return Optional.of("it did not come back from reading an empty section; ask its author.");
    } catch (ExecutionException e) {
      return Optional.of(
          "it failed while reading an empty section (" + e.getCause() + "); ask its author.");
    }
  }

  private static boolean makesSomething(PluginProvider<?> provider) {
    @Nullable Record config = provider.configure(Section.empty("plugin"));
    return config != null;
  }
}
