package dev.gatehouse.launcher.plugin;

import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.util.Optional;

/** A plugin directory that is not loaded, with its one sentence; never leaves the package. */
final class Refusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Completes "Plugin 'x' cannot be loaded: …" and says what to do. */
  Refusal(String because) {
    super(because);
  }

  Refusal(String because, Throwable cause) {
    super(because, cause);
  }

  State.Broken state() {
    return new State.Broken(String.valueOf(getMessage()), Optional.ofNullable(getCause()));
  }
}
