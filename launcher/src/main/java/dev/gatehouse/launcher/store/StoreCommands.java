package dev.gatehouse.launcher.store;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.cli.ExitCode;
import dev.gatehouse.launcher.runtime.Plan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** The command {@code store}. */
@Command(
    name = "store",
    description = {
      "Keep, check, mend and move the authorization store.",
      "backup, verify and export work while a gateway runs; restore, migrate and import need it"
          + " stopped."
    },
    synopsisSubcommandLabel = "COMMAND")
public final class StoreCommands {

  private static final String SECRET =
      "The file holds clients' pre-shared keys: it is a secret, and is made with mode 0600.";

  private StoreCommands() {}

  /** The command with its subcommands. */
  public static CommandLine all(Console console) {
    return new CommandLine(new StoreCommands())
        .addSubcommand(new Backup(console))
        .addSubcommand(new RestoreCommand(console))
        .addSubcommand(new Verify(console))
        .addSubcommand(new MigrateCommand(console))
        .addSubcommand(new Export(console))
        .addSubcommand(new Import(console));
  }

  /** The contents of an export or a backup. */
  static StoreSnapshot contents(Path file, Plan plan, Workplace workplace) {
    if (!Files.isReadable(file)) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "The file " + file + " does not exist or may not be read by this user.",
          "Name another one. Nothing was changed.");
    }
    return ExportFile.isExport(file)
        ? ExportFile.read(file)
        : workplace.readBackup(plan, file.toAbsolutePath());
  }

  @Command(
      name = "backup",
      description = {
        "Write a complete copy of the store to a new file, also while in use.",
        SECRET
      })
  static final class Backup extends StoreCommand {

    @Parameters(paramLabel = "FILE", description = "The file to make; it must not exist.")
    private Path file = Path.of("");

    Backup(Console console) {
      super(console);
    }

    @Override
    ExitCode run(Plan plan, Workplace workplace) {
      var online = online(plan);
      if (online.isPresent()) {
        online.get().backup(file);
      } else {
        workplace.open(plan).backup(file.toAbsolutePath(), workplace.deadline());
      }
      out().println("Wrote the backup " + file + (online.isPresent() ? " while in use." : "."));
      note(SECRET);
      return ExitCode.OK;
    }
  }

  @Command(
      name = "verify",
      description = "Check the stored data, also while in use; exit code 6 if it is not sound.")
  static final class Verify extends StoreCommand {

    Verify(Console console) {
      super(console);
    }

    @Override
    ExitCode run(Plan plan, Workplace workplace) {
      var online = online(plan);
      List<String> problems =
          online.isPresent()
              ? online.get().verify()
              : workplace.open(plan).verify(workplace.deadline());
      if (problems.isEmpty()) {
        out().println("The store is sound.");
        return ExitCode.OK;
      }
      problems.forEach(out()::println);
      note("Restore a backup with 'gatehouse store restore'.");
      return ExitCode.STATE;
    }
  }

  @Command(
      name = "export",
      description = {
        "Write clients, resources and authorizations as JSON Lines to a new file, also while in"
            + " use.",
        SECRET
      })
  static final class Export extends StoreCommand {

    @Parameters(paramLabel = "FILE", description = "The file to make; it must not exist.")
    private Path file = Path.of("");

    Export(Console console) {
      super(console);
    }

    @Override
    ExitCode run(Plan plan, Workplace workplace) {
      var online = online(plan);
      var contents =
          online.isPresent()
              ? copied(online.get(), plan, workplace)
              : workplace.open(plan).snapshot(workplace.deadline());
      ExportFile.write(file, contents, workplace.time().now());
      out().println("Exported " + Transfer.Counts.of(contents) + " to " + file + ".");
      note(SECRET);
      return ExitCode.OK;
    }

    /** The gateway writes a backup into its state directory; it is read and removed. */
    private StoreSnapshot copied(OnlineStore online, Plan plan, Workplace workplace) {
      var copy =
          plan.core()
              .stateDirectory()
              .toAbsolutePath()
              .resolve("export-" + ProcessHandle.current().pid() + ".tmp");
      try {
        online.backup(copy);
        return workplace.readBackup(plan, copy);
      } catch (GatehouseException e) {
        throw e.code().equals(StandardErrorCode.REQUEST_INVALID)
            ? new GatehouseException(
                e.code(),
                "The store in use cannot be exported, because its backups cannot be read back.",
                "Export while no gateway runs on this state directory, or use 'backup'.",
                e)
            : e;
      } finally {
        try {
          Files.deleteIfExists(copy);
        } catch (IOException e) {
          note("Remove the file " + copy + ": it is a copy of the store.");
        }
      }
    }
  }

  @Command(
      name = "import",
      description = {
        "Add the clients, resources and authorizations of an export or a backup to the store.",
        "What is there already is left as it is; nothing is added if something else has one of the"
            + " ids, keys or addresses. Authorizations that have expired are left out."
      })
  static final class Import extends StoreCommand {

    @Parameters(paramLabel = "FILE", description = "What 'export' or 'backup' wrote.")
    private Path file = Path.of("");

    Import(Console console) {
      super(console);
    }

    @Override
    ExitCode run(Plan plan, Workplace workplace) {
      var more = contents(file, plan, workplace);
      var added = new Transfer(workplace.open(plan), workplace.time()).add(more);
      out().println("Added " + added + "; what was there already is as it was.");
      return ExitCode.OK;
    }
  }
}
