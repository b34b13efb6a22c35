package dev.gatehouse.launcher.store;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.ExitCode;
import dev.gatehouse.launcher.runtime.Plan;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Moves everything from one store to another. */
@Command(
    name = "migrate",
    description = {
      "Move everything from the configured store to another, and compare the two.",
      "The other store must be empty. The old one is put aside afterwards where its plugin can do"
          + " that, so that no gateway is started on what is out of date; nothing is deleted."
    })
final class MigrateCommand extends StoreCommand {

  @Option(
      names = "--to",
      required = true,
      paramLabel = "CONFIG|PLUGIN",
      description =
          "A configuration file whose [plugins] and [auth-store] describe the new store, or the id"
              + " of a store plugin that is to use its default settings.")
  private String to = "";

  @Option(names = "--keep-source", description = "Leave the old store as it is.")
  private boolean keepSource;

  MigrateCommand(Console console) {
    super(console);
  }

  @Override
  ExitCode run(Plan plan, Workplace workplace) {
    var target = target(to, plan);
    StoreTarget.mustDiffer(plan, target);
    var from = Workplace.selected(plan).id();
    var source = workplace.open(plan);
    var contents = source.snapshot(workplace.deadline());
    var counts = moved(target, workplace, contents);
    out().println("Moved from " + from + " to " + Workplace.selected(target).id() + ".");
    out().println("Verified: " + counts + " are the same in both.");
    workplace.close(source);
    var aside = keepSource ? Optional.<String>empty() : workplace.putAway(plan);
    aside.ifPresentOrElse(
        place -> out().println("The old store was put aside: " + place),
        () ->
            note(
                "The old store still holds what was authorized until now. Start no gateway on it"
                    + " again, because it learns of no revocation from here on."));
    note("Start the gateway with the configuration of the new store.");
    return ExitCode.OK;
  }

  private static Transfer.Counts moved(Plan target, Workplace workplace, StoreSnapshot contents) {
    var destination = workplace.open(target);
    var held = Transfer.Counts.of(destination.snapshot(workplace.deadline()));
    if (held.clients() + held.resources() + held.authorizations() > 0) {
      throw new GatehouseException(
          StandardErrorCode.CONFLICT,
          "The store to move to is not empty; it holds " + held + ".",
          "Nothing was changed. Move to an empty one, or make that store what this one is with"
              + " 'gatehouse store export' here and 'gatehouse store restore' there.");
    }
    new Transfer(destination, workplace.time()).makeEqual(contents);
    // Compared as a gateway will find it, not as it is still in memory.
    workplace.close(destination);
    var again = workplace.open(target);
    try {
      return new Transfer(again, workplace.time()).verify(contents);
    } finally {
      workplace.close(again);
    }
  }
}
