package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.ErrorCode;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.config.ConfigSource;
import dev.gatehouse.launcher.config.CoreConfig;
import dev.gatehouse.launcher.config.Problem;
import dev.gatehouse.launcher.plugin.Catalogue;
import dev.gatehouse.launcher.plugin.InstalledPlugin;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.plugin.Resolution;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Everything decided and nothing opened: what {@code gatehouse check} shows and a start carries
 * out.
 *
 * @param source where the configuration came from
 * @param core what the launcher reads itself
 * @param catalogue all plugins there are
 * @param resolutions what became of each plugin that is wanted
 * @param selected the plugins that will run, in the order of their start
 * @param problems what is wrong with the configuration
 */
public record Plan(
    ConfigSource source,
    CoreConfig core,
    Catalogue catalogue,
    List<Resolution> resolutions,
    List<SelectedPlugin> selected,
    List<Problem> problems)
    implements AutoCloseable {

  /**
   * A plugin that will run.
   *
   * @param id its id
   * @param kind its kind
   * @param plugin where it comes from
   * @param config its configuration
   */
  public record SelectedPlugin(
      PluginId id, PluginKind kind, InstalledPlugin plugin, Record config) {}

  /** Copies the lists. */
  public Plan {
    resolutions = List.copyOf(resolutions);
    selected = List.copyOf(selected);
    problems = List.copyOf(problems);
  }

  /** What has to be changed before a start, as one error; empty if nothing. */
  public Optional<SetupException> failure() {
    var sentences = new ArrayList<String>();
    resolutions.stream()
        .filter(resolution -> resolution.code().isPresent())
        .forEach(resolution -> sentences.add(resolution.sentence()));
    if (resolutions.stream().anyMatch(Resolution.NoneInstalled.class::isInstance)) {
      catalogue.ofNoKind().forEach(suspect -> sentences.add(suspect.sentence()));
    }
    problems.forEach(problem -> sentences.add(problem.toString()));
    return sentences.isEmpty()
        ? Optional.empty()
        : Optional.of(new SetupException(code(), source.name(), sentences));
  }

  /** Releases the jars of the plugins, which can load no more classes afterwards. */
  @Override
  public void close() {
    catalogue.layers().close();
  }

  /** Plugins that are installed, not wanted by name, and of no use. */
  public List<InstalledPlugin> defective() {
    return catalogue.plugins().stream()
        .filter(plugin ->
            plugin.state() instanceof InstalledPlugin.State.Broken
                || plugin.state() instanceof InstalledPlugin.State.Incompatible)
        .toList();
  }

  private ErrorCode code() {
    return problems.isEmpty()
        ? resolutions.stream()
            .flatMap(resolution -> resolution.code().stream())
            .findFirst()
            .orElse(StandardErrorCode.CONFIGURATION_INVALID)
        : StandardErrorCode.CONFIGURATION_INVALID;
  }
}
