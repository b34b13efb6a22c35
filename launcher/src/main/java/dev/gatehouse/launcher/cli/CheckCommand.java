package dev.gatehouse.launcher.cli;

import dev.gatehouse.launcher.config.CoreConfig;
import dev.gatehouse.launcher.config.KeyDescription;
import dev.gatehouse.launcher.config.LogConfig;
import dev.gatehouse.launcher.config.Section;
import dev.gatehouse.launcher.log.Logging;
import dev.gatehouse.launcher.plugin.PluginKind;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Planner;
import io.netty.channel.epoll.Epoll;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells whether a gateway could start, without opening anything. */
@Command(
    name = "check",
    description = {
      "Check configuration and plugins without opening anything.",
      "Every problem is reported at once."
    })
final class CheckCommand implements Callable<Integer> {

  private final Console console;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--describe",
      description = "Instead, print every key with its type, default and meaning.")
  private boolean describe;

  CheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (describe) {
      Logging.start(quiet(), console.err(), true);
      describe(options.plan(console.surroundings()));
      return ExitCode.OK.number();
    }
    return check(console, () -> options.plan(console.surroundings()));
  }

  /** Shows a plan, and throws what is wrong with it. */
  static int check(Console console, Supplier<Plan> planning) {
    Logging.start(quiet(), console.err(), true);
    var plan = planning.get();
    line(console, "configuration", plan.source().name());
    line(console, "state directory", plan.core().stateDirectory().toString());
    line(console, "native transport", Epoll.isAvailable() ? "epoll" : "none, Java's own is used");
    for (var selected : plan.selected()) {
      line(
          console,
          selected.kind().label(),
          selected.id()
              + selected.plugin().version().map(version -> " " + version).orElse("")
              + ", "
              + selected.plugin().place());
    }
    for (var plugin : plan.defective()) {
      console.out().println("Note: " + plugin.sentence());
    }
    plan.failure()
        .ifPresent(failure -> {
          throw failure;
        });
    console.out().println("Everything is in order; nothing was opened.");
    return ExitCode.OK.number();
  }

  /** For commands whose result is what they print. */
  static void quietLogging(Console console) {
    Logging.start(quiet(), console.err(), true);
  }

  private static LogConfig quiet() {
    var defaults = LogConfig.defaults();
    return new LogConfig(LogConfig.Level.WARN, defaults.format(), defaults.directory());
  }

  private static void line(Console console, String what, String value) {
    console.out().printf("%-16s  %s%n", what, value);
  }

  private void describe(Plan plan) {
    CoreConfig.describe(console.surroundings().stateDirectory())
        .forEach((section, keys) -> print(section.isEmpty() ? "" : "[" + section + "]", keys));
    for (var plugin : plan.catalogue().plugins()) {
      plugin
          .provider()
          .ifPresent(provider -> {
            var kind = PluginKind.of(provider);
            var section = Section.empty(Planner.section(kind, provider.id()));
            provider.configure(section);
            var title = "[" + Planner.section(kind, provider.id()) + "]";
            print(
                kind.isMany() ? title : title + " of plugin " + provider.id(), section.described());
          });
    }
  }

  private void print(String title, List<KeyDescription> keys) {
    if (!title.isEmpty()) {
      console.out().println();
      console.out().println(title);
    }
    for (var key : keys) {
      console.out().printf("%s = %s  (%s)%n", key.key(), key.byDefault(), key.type());
      key.meaning().ifPresent(meaning -> console.out().println("    " + meaning));
      if (key.live()) {
        console.out().println("    A new value takes effect with 'gatehouse reload'.");
      }
    }
  }
}
