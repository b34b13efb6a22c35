package dev.gatehouse.launcher.plugin;

import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.lang.module.FindException;
import java.lang.module.InvalidModuleDescriptorException;
import java.lang.module.ResolutionException;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import org.jspecify.annotations.Nullable;

/** Turns what the module system or a plugin's own code throws into one sentence. */
final class Diagnosis {

  private Diagnosis() {}

  static State.Broken of(Throwable problem) {
    if (problem instanceof Refusal refusal) {
      return refusal.state();
    }
    return new State.Broken(sentence(problem), Optional.of(problem));
  }

  private static String sentence(Throwable problem) {
    return switch (problem) {
      case FindException e -> found(e);
      case ResolutionException e when message(e).startsWith("Cycle") ->
          "its modules require each other (" + message(e) + "); ask its author.";
      case ResolutionException e ->
          "its modules do not fit together (" + message(e) + "); remove the jar that is too many.";
      case LayerInstantiationException e ->
          "its modules do not fit together (" + message(e) + "); remove the jar that is too many.";
      case ServiceConfigurationError e -> service(e);
      case NoClassDefFoundError e ->
          "the class "
              + message(e).replace('/', '.')
              + " is missing; put the jar that holds it beside the others.";
      case UnsupportedClassVersionError e ->
          "it was compiled for a newer Java (" + message(e) + "); run a newer Java.";
      case UnsatisfiedLinkError e ->
          "its native library does not fit this machine ("
              + message(e)
              + "); install the plugin made for "
              + System.getProperty("os.name")
              + " on "
              + System.getProperty("os.arch")
              + ".";
      case ExceptionInInitializerError e when e.getCause() != null ->
          "it failed with " + brief(e.getCause()) + "; ask its author.";
      case LinkageError e ->
          "it does not fit this release (" + brief(e) + "); install a release made for it.";
      default -> "it failed with " + brief(problem) + "; ask its author.";
    };
  }

  private static String found(FindException problem) {
    if (rootCause(problem) instanceof InvalidModuleDescriptorException e) {
      return "a jar is not a valid module (" + message(e) + "); install it again.";
    }
    var text = message(problem);
    if (text.startsWith("Unable to derive module descriptor")) {
      return "the name of a jar makes no module ("
          + deepest(problem)
          + "); give the jar a name such as 'library-1.0.jar'.";
    }
    if (!text.contains("not found, required by")) {
      return "a jar cannot be read (" + deepest(problem) + "); install it again.";
    }
    var missing = text.replaceFirst("Module ", "").replaceFirst(" not found.*", "");
    return missing.startsWith("java.") || missing.startsWith("jdk.")
        ? text + "; start Java with --add-modules " + missing + "."
        : text + "; put the jar that holds it beside the others.";
  }

  private static String service(ServiceConfigurationError problem) {
    var cause = problem.getCause();
    return cause == null
        ? "its provider cannot be created ("
            + message(problem)
            + "); install it again or ask its author."
        : sentence(cause);
  }

  private static String deepest(Throwable problem) {
    var root = rootCause(problem);
    return root.equals(problem) ? message(problem) : message(problem) + ": " + message(root);
  }

  private static Throwable rootCause(Throwable problem) {
    var current = problem;
    for (int depth = 0; depth < 16; depth++) {
      var next = current.getCause();
      if (next == null) {
        break;
      }
      current = next;
    }
    return current;
  }

  private static String brief(Throwable problem) {
    return problem.getMessage() == null
        ? problem.getClass().getSimpleName()
        : problem.getClass().getSimpleName() + ": " + message(problem);
  }

  /** The first line of the message, without control characters or a full stop. */
  private static String message(Throwable problem) {
    @Nullable String text = problem.getMessage();
    if (text == null) {
      return problem.getClass().getSimpleName();
    }
    var line = text.lines().findFirst().orElse("").replaceAll("\\p{Cntrl}", "?").strip();
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }
}
