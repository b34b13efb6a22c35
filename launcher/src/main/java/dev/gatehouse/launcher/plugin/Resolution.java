package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.ErrorCode;
import dev.gatehouse.api.StandardErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The outcome of looking for one plugin. A value, so that {@code gatehouse check}, the start and
 * the tests say the same.
 */
public sealed interface Resolution {

  /** One sentence: what was wanted, where it was searched, what is there, which key to set. */
  String sentence();

  /** The code of the failure; empty if there is none. */
  Optional<ErrorCode> code();

  /**
   * Found.
   *
   * @param kind what was wanted
   * @param plugin what was found
   */
  record Selected(PluginKind kind, InstalledPlugin plugin) implements Resolution {
    @Override
    public String sentence() {
      return kind.label() + ": " + plugin.name() + " from " + plugin.place() + ".";
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.empty();
    }
  }

  /**
   * There is no plugin of the kind.
   *
   * @param kind what was wanted
   * @param catalogue what there is
   */
  record NoneInstalled(PluginKind kind, Catalogue catalogue) implements Resolution {
    @Override
    public String sentence() {
      return "No "
          + kind.label()
          + " plugin is installed: "
          + searched(catalogue)
          + ". Put one into a directory of its own there, or name another place with"
          + " plugins.directory.";
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.of(StandardErrorCode.PLUGIN_MISSING);
    }
  }

  /**
   * The configuration names a plugin that is not there.
   *
   * @param kind what was wanted
   * @param wanted the id
   * @param nearest what was probably meant
   * @param catalogue what there is
   */
  record UnknownId(PluginKind kind, String wanted, Optional<String> nearest, Catalogue catalogue)
      implements Resolution {
    @Override
    public String sentence() {
      return "The "
          + kind.label()
          + " plugin '"
          + wanted
          + "' is not installed: "
          + searched(catalogue)
          + ". "
          + nearest
              .map(id -> "Did you mean '" + id + "'? Set " + kind.key() + " to it.")
              .orElse("Install it there, or set " + kind.key() + " to one that is.");
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.of(StandardErrorCode.PLUGIN_MISSING);
    }
  }

  /**
   * Several would do and none is chosen.
   *
   * @param kind what was wanted
   * @param candidates the ids
   * @param catalogue what there is
   */
  record Ambiguous(PluginKind kind, List<String> candidates, Catalogue catalogue)
      implements Resolution {
    @Override
    public String sentence() {
      return "Several "
          + kind.label()
          + " plugins are installed in "
          + places(catalogue)
          + " ("
          + String.join(", ", candidates)
          + ") and none is chosen. Set "
          + kind.key()
          + " to one of them.";
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.of(StandardErrorCode.PLUGIN_AMBIGUOUS);
    }
  }

  /**
   * What there is cannot work on this machine.
   *
   * @param kind what was wanted
   * @param plugin what was found
   */
  record Unsupported(PluginKind kind, InstalledPlugin plugin) implements Resolution {
    @Override
    public String sentence() {
      return plugin.sentence() + " Set " + kind.key() + " to another " + kind.label() + " plugin.";
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.of(StandardErrorCode.PLUGIN_UNSUPPORTED);
    }
  }

  /**
   * What there is was built against another API.
   *
   * @param kind what was wanted
   * @param plugin what was found
   */
  record Incompatible(PluginKind kind, InstalledPlugin plugin) implements Resolution {
    @Override
    public String sentence() {
      return plugin.sentence();
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.of(StandardErrorCode.PLUGIN_INCOMPATIBLE);
    }
  }

  /**
   * What there is was switched off.
   *
   * @param kind what was wanted
   * @param plugin what was found
   */
  record Disabled(PluginKind kind, InstalledPlugin plugin) implements Resolution {
    @Override
    public String sentence() {
      return "The "
          + kind.label()
          + " plugin '"
          + plugin.name()
          + "' is wanted, but it is disabled; enable it with 'gatehouse plugins enable "
          + plugin.name()
          + "', or "
          + (kind.isMany() ? "take it out of " : "choose another with ")
          + kind.key()
          + ".";
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.of(StandardErrorCode.PLUGIN_MISSING);
    }
  }

  /**
   * What there is cannot be loaded.
   *
   * @param kind what was wanted
   * @param plugin what was found
   */
  record Broken(PluginKind kind, InstalledPlugin plugin) implements Resolution {
    @Override
    public String sentence() {
      return plugin.sentence();
    }

    @Override
    public Optional<ErrorCode> code() {
      return Optional.of(StandardErrorCode.PLUGIN_BROKEN);
    }
  }

  private static String searched(Catalogue catalogue) {
    var installed =
        catalogue.plugins().stream()
            .map(plugin ->
                plugin.name()
                    + " ("
                    + plugin.kind().map(PluginKind::label).orElse(plugin.stateLabel())
                    + ")")
            .collect(Collectors.joining(", "));
    return "searched "
        + places(catalogue)
        + ", found "
        + (installed.isEmpty() ? "none at all" : installed);
  }

  private static String places(Catalogue catalogue) {
    return catalogue.searched().isEmpty()
        ? "no directory"
        : catalogue.searched().stream().map(Path::toString).collect(Collectors.joining(", "));
  }
}
