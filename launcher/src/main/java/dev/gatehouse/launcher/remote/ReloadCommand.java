package dev.gatehouse.launcher.remote;

import dev.gatehouse.launcher.cli.Console;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes the running gateway read its configuration again. */
@Command(
    name = "reload",
    description = {
      "Make the running gateway read its configuration again, as SIGHUP does.",
      "Sessions and authorizations stay. A configuration with a fault changes nothing."
    })
final class ReloadCommand extends RemoteCommand {

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  ReloadCommand(Console console) {
    super(console);
  }

  @Override
  void run(GatewayClient gateway) {
    var done = gateway.post("/v1/reload", Map.of());
    if (json) {
      printJson(done.fields());
      return;
    }
    var changed = done.texts("changed");
    out()
        .println(
            changed.isEmpty()
                ? "The configuration is sound; no setting changed."
                : "Changed: " + Words.list(changed) + ".");
    var waiting = done.texts("after-restart");
    if (!waiting.isEmpty()) {
      note("Restart the gateway for: " + Words.list(waiting) + ".");
    }
  }
}
