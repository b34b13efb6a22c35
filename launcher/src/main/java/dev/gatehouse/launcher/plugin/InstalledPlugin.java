package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.PluginProvider;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A plugin that was found, in whatever state.
 *
 * @param id its id; empty if it could not be asked
 * @param kind its kind; empty if it could not be found out
 * @param summary what it says about itself; may be empty
 * @param version the version of its module
 * @param directory where it was found; empty if the embedding program passed it
 * @param state whether it can be used
 */
public record InstalledPlugin(
    Optional<PluginId> id,
    Optional<PluginKind> kind,
    String summary,
    Optional<String> version,
    Optional<Path> directory,
    State state) {

  /** Whether a plugin can be used. */
  public sealed interface State {
    /**
     * It can.
     *
     * @param provider the provider
     */
    record Usable(PluginProvider<?> provider) implements State {}

    /**
     * It cannot work on this machine.
     *
     * @param because its own sentence
     */
    record Unsupported(String because) implements State {}

    /**
     * It was built against an API this release does not offer.
     *
     * @param builtAgainst the API's version then
     * @param running the API's version now
     */
    record Incompatible(String builtAgainst, String running) implements State {}

    /** It is not to be loaded; see {@link DisabledPlugins}. */
    record Disabled() implements State {}

    /**
     * It cannot be loaded.
     *
     * @param because one sentence
     * @param cause what the platform reported, for the log at DEBUG
     */
    record Broken(String because, Optional<Throwable> cause) implements State {}
  }

  /** The provider, if the plugin can be used. */
  public Optional<PluginProvider<?>> provider() {
    return state instanceof State.Usable(var provider) ? Optional.of(provider) : Optional.empty();
  }

  /** The id, or the directory's name if there is none. */
  public String name() {
    return id.map(PluginId::value)
        .or(() -> directory.map(Path::getFileName).map(Path::toString))
        .orElse("(unnamed)");
  }

  /** Where it is, to complete a sentence. */
  public String place() {
    return directory.map(Path::toString).orElse("the embedding program");
  }

  /** One word for the state. */
  public String stateLabel() {
    return switch (state) {
      case State.Usable _ -> "usable";
      case State.Unsupported _ -> "unsupported";
      case State.Incompatible _ -> "incompatible";
      case State.Disabled _ -> "disabled";
      case State.Broken _ -> "broken";
    };
  }

  /** What is wrong with it and what to do; its summary if nothing is. */
  public String sentence() {
    return switch (state) {
      case State.Usable _ -> summary;
      case State.Unsupported(var because) ->
          "Plugin '" + name() + "' cannot work on this machine: " + because;
      case State.Incompatible(var built, var running) ->
          "Plugin '"
              + name()
              + "' in "
              + place()
              + " was built against version "
              + built
              + " of the Gatehouse API, but this is "
              + running
              + "; install a release of the plugin made for "
              + running
              + ".";
      case State.Disabled _ ->
          "Plugin '"
              + name()
              + "' is disabled; 'gatehouse plugins enable "
              + name()
              + "' changes that.";
      case State.Broken(var because, _) ->
          "Plugin '" + name() + "' in " + place() + " cannot be loaded: " + because;
    };
  }

  /** The same, as if it were in another place. */
  InstalledPlugin at(Path other) {
    return new InstalledPlugin(id, kind, summary, version, Optional.of(other), state);
  }

  InstalledPlugin with(State other) {
    return new InstalledPlugin(id, kind, summary, version, directory, other);
  }
}
