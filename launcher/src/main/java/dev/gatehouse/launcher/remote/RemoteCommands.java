package dev.gatehouse.launcher.remote;

import dev.gatehouse.launcher.cli.Console;
import java.util.ArrayList;
import java.util.List;

/** The commands that talk to a running gateway. */
public final class RemoteCommands {

  private RemoteCommands() {}

  /** The command {@code relay status}. */
  public static Object relayStatus(Console console) {
    return new RelayStatusCommand(console);
  }

  /**
   * The picocli command objects, in the order of the help. A command that needs the configuration
   * has a {@code @Mixin} of {@link dev.gatehouse.launcher.cli.ConfigOptions}; it fails by throwing
   * {@link dev.gatehouse.api.GatehouseException}, from which message and exit code are made.
   */
  public static List<Object> all(Console console) {
    var commands = new ArrayList<Object>();
    commands.add(ClientCommands.all(console));
    commands.add(ResourceCommands.all(console));
    commands.addAll(AuthorizationCommands.all(console));
    commands.addAll(StatusCommands.all(console));
    commands.add(new FlowsCommand(console));
    commands.add(new ExplainCommand(console));
    commands.add(new ReloadCommand(console));
    return commands;
  }
}
