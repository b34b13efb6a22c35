package dev.gatehouse.launcher.store;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.ExitCode;
import dev.gatehouse.launcher.runtime.Plan;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes the store what a backup or an export says. */
@Command(
    name = "restore",
    description = {
      "Make the store what a backup or an export says.",
      "Authorizations that ended since the backup was made stay ended, expiries that were shortened"
          + " stay short, and keys that were changed stay changed. That takes the present store: if"
          + " it is lost or damaged, say --accept-lost-revocations. A damaged store is put aside,"
          + " not deleted. Versions go on above the highest one ever given out."
    })
final class RestoreCommand extends StoreCommand {

  @Parameters(paramLabel = "FILE", description = "What 'backup' or 'export' wrote.")
  private Path file = Path.of("");

  @Option(
      names = "--accept-lost-revocations",
      description =
          "Restore although the present store cannot tell what ended since the backup was made:"
              + " what was revoked since is authorized again.")
  private boolean acceptLost;

  @Option(
      names = "--bring-back-ended",
      description =
          "Also bring back what ended since, and keys as they were, although the present store"
              + " knows of it.")
  private boolean bringBack;

  RestoreCommand(Console console) {
    super(console);
  }

  @Override
  ExitCode run(Plan plan, Workplace workplace) {
    var backup = StoreCommands.contents(file, plan, workplace);
    var store = opened(plan, workplace);
    var present = store.snapshot(workplace.deadline());
    boolean knows =
        !present.clients().isEmpty()
            || !present.resources().isEmpty()
            || !present.authorizations().isEmpty();
    if (!knows && !acceptLost && !backup.authorizations().isEmpty()) {
      throw lost("The present store is empty.", Optional.empty());
    }
    var restoring =
        knows && !bringBack
            ? Restoring.without(backup, present, workplace.time().now())
            : Restoring.everything(backup);
    var transfer = new Transfer(store, workplace.time());
    transfer.makeEqual(restoring.contents());
    var counts = transfer.verify(restoring.contents());
    tell(restoring);
    out().println("Restored; the store holds " + counts + ".");
    return ExitCode.OK;
  }

  private AuthorizationStore opened(Plan plan, Workplace workplace) {
    try {
      return workplace.open(plan);
    } catch (GatehouseException e) {
      if (!e.code().equals(StandardErrorCode.STATE_UNREADABLE)) {
        throw e;
      }
      return replaced(plan, workplace, e);
    }
  }

  private AuthorizationStore replaced(Plan plan, Workplace workplace, GatehouseException damage) {
    if (!acceptLost) {
      throw lost(damage.problem(), Optional.of(damage));
    }
    var aside =
        workplace
            .putAway(plan)
            .orElseThrow(() ->
                new GatehouseException(
                    damage.code(),
                    damage.problem() + " This store cannot be put aside by the command.",
                    damage.fix(),
                    damage));
    out().println("The present store was put aside: " + aside);
    return workplace.open(plan);
  }

  private static GatehouseException lost(String problem, Optional<GatehouseException> cause) {
    return new GatehouseException(
        StandardErrorCode.STATE_UNREADABLE,
        problem
            + " So nothing can tell what was revoked since the backup was made, and all of that"
            + " would be authorized again.",
        "Nothing was changed. If that is acceptable, add --accept-lost-revocations; afterwards"
            + " revoke what must not be.",
        cause.orElse(null));
  }

  private void tell(Restoring restoring) {
    tell("Stay ended, because they ended since the backup was made", restoring.ended());
    tell("Keep the sooner expiry they got since", restoring.shortened());
    if (!restoring.keys().isEmpty()) {
      out().println("Keep the keys they got since:");
      restoring.keys().forEach(client -> out().println("  " + client.id()));
    }
    tell("Have ended, because they were granted after the backup was made", restoring.dropped());
  }

  private void tell(String what, List<Authorization> authorizations) {
    if (!authorizations.isEmpty()) {
      out().println(what + ":");
      authorizations.forEach(
          a -> out().println("  " + a.key().client() + " " + a.key().resource()));
    }
  }
}
