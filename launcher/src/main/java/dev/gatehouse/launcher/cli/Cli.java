package dev.gatehouse.launcher.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.launcher.remote.RemoteCommands;
import dev.gatehouse.launcher.store.StoreCommands;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the commands together and turns whatever happens into one sentence and an exit code. */
public final class Cli {

  private Cli() {}

  /**
   * Runs one command.
   *
   * @return the exit code
   */
  public static int run(Console console, String... arguments) {
    // Reading the description of every command takes as long as starting the gateway's plugins.
    var commands =
        arguments.length > 0 && arguments[0].equals(RunCommand.NAME)
            ? assemble(console, List.of(new RunCommand(console)))
            : commandLine(console);
    return commands.execute(arguments);
  }

  /** All commands, ready to execute. */
  public static CommandLine commandLine(Console console) {
    var commands =
        new ArrayList<Object>(
            List.of(
                new RunCommand(console), new CheckCommand(console), PluginsCommand.all(console)));
    commands.addAll(RemoteCommands.all(console));
    commands.add(StoreCommands.all(console));
    commands.add(relay(console));
    commands.add(new KeygenCommand(console));
    commands.add(new PubkeyCommand(console));
    commands.add(new CompletionCommand(console));
    commands.add(new ManPagesCommand(console));
    return assemble(console, commands);
  }

  private static CommandLine assemble(Console console, List<Object> commands) {
    var main = new CommandLine(new MainCommand());
    commands.forEach(main::addSubcommand);
    main.setOut(new PrintWriter(console.out(), true, UTF_8));
    main.setErr(new PrintWriter(console.err(), true, UTF_8));
    main.setCaseInsensitiveEnumValuesAllowed(true);
    main.setExecutionExceptionHandler((problem, command, _) -> failed(console, command, problem));
    main.setParameterExceptionHandler((problem, _) -> misused(console, problem));
    documentExitCodes(main);
    return main;
  }

  private static CommandLine relay(Console console) {
    var relay = new CommandLine(new RelayCommand(console));
    relay.addSubcommand(new RelayCommand.Check(console));
    relay.addSubcommand(RemoteCommands.relayStatus(console));
    relay.addSubcommand(new RelayCredentialsCommand(console));
    return relay;
  }

  private static void documentExitCodes(CommandLine main) {
    Map<String, String> codes =
        Arrays.stream(ExitCode.values())
            .collect(
                Collectors.toMap(
                    code -> Integer.toString(code.number()),
                    ExitCode::meaning,
                    (first, _) -> first,
                    LinkedHashMap::new));
    main.getCommandSpec().usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(codes);
  }

  private static int failed(Console console, CommandLine command, Exception problem) {
    LoggerFactory.getLogger(Cli.class)
        .atDebug()
        .setCause(problem)
        .addKeyValue("command", command.getCommandName())
        .log("command failed");
    if (problem instanceof GatehouseException known) {
      console.err().println("gatehouse: " + String.valueOf(known.getMessage()).strip());
      return ExitCode.of(known.code().kind()).number();
    }
    console
        .err()
        .println(
            "gatehouse: Something unexpected happened ("
                + problem.getClass().getSimpleName()
                + "); details are in the log at DEBUG.");
    return ExitCode.BUG.number();
  }

  private static int misused(Console console, ParameterException problem) {
    var command = problem.getCommandLine();
    console.err().println("gatehouse: " + problem.getMessage());
    UnmatchedArgumentException.printSuggestions(problem, command.getErr());
    console
        .err()
        .println(
            "Try '" + command.getCommandSpec().qualifiedName() + " --help' for more information.");
    return ExitCode.USAGE.number();
  }

  /** The command without a command. */
  @Command(
      name = "gatehouse",
      description = "A modular zero-trust access gateway.",
      versionProvider = VersionText.class,
      mixinStandardHelpOptions = true,
      scope = CommandLine.ScopeType.INHERIT,
      synopsisSubcommandLabel = "COMMAND",
      usageHelpAutoWidth = true)
  static final class MainCommand {

    MainCommand() {}
  }
}
