package dev.gatehouse.launcher.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * One command as a page for man(1), in the macros of groff_man(7). It says what {@code --help}
 * says, because it is made from the same description.
 */
final class ManPage {

  private static final int WIDE_ENOUGH = 4000;

  private final CommandLine command;
  private final String version;
  private final StringBuilder page = new StringBuilder(4096);

  private ManPage(CommandLine command, String version) {
    this.command = command;
    this.version = version;
  }

  /** The file's name, such as {@code gatehouse-relay-status.1}. */
  static String fileName(CommandLine command) {
    return title(command) + ".1";
  }

  /** The page's text. */
  static String render(CommandLine command, String version) {
    return new ManPage(command, version).render();
  }

  /** The commands below this one that people may see, each once, whatever other names it has. */
  static List<CommandLine> visible(CommandLine command) {
    return command.getSubcommands().values().stream()
        .distinct()
        .filter(each -> !each.getCommandSpec().usageMessage().hidden())
        .toList();
  }

  private static String title(CommandLine command) {
    return command.getCommandSpec().qualifiedName("-");
  }

  private String render() {
    var spec = command.getCommandSpec();
    macro(
        "TH "
            + quoted(title(command).toUpperCase(Locale.ROOT))
            + " 1 \"\" "
            + quoted("gatehouse " + version)
            + " \"Gatehouse\"");
    macro("nh"); // names of options stay whole
    macro("ad l");
    macro("SH NAME");
    page.append(title(command)).append(" \\- ").append(escaped(firstSentence(spec))).append('\n');
    macro("SH SYNOPSIS");
    text(synopsis());
    macro("SH DESCRIPTION");
    for (var line : spec.usageMessage().description()) {
      text(String.format(line));
      macro("br");
    }
    arguments(spec);
    options(spec);
    commands();
    if (command.getParent() == null) {
      exitCodes(spec.usageMessage().exitCodeList());
      files();
    }
    seeAlso();
    return page.toString();
  }

  /** What stands in one line of a list. */
  private static String firstSentence(CommandSpec spec) {
    var lines = spec.usageMessage().description();
    var first = lines.length == 0 ? "" : String.format(lines[0]).strip();
    return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
  }

  private String synopsis() {
    command.setUsageHelpWidth(WIDE_ENOUGH);
    return command.getHelp().synopsis(0).strip();
  }

  private void arguments(CommandSpec spec) {
    var shown = spec.positionalParameters().stream().filter(each -> !each.hidden()).toList();
    if (shown.isEmpty()) {
      return;
    }
    macro("SH ARGUMENTS");
    for (PositionalParamSpec argument : shown) {
      macro("TP");
      page.append("\\fI").append(escaped(label(argument))).append("\\fR\n");
      description(argument);
    }
  }

  private void options(CommandSpec spec) {
    macro("SH OPTIONS");
    for (OptionSpec option : Completions.options(spec)) {
      macro("TP");
      var names =
          String.join(
              "\\fR, \\fB", List.of(option.names()).stream().map(ManPage::escaped).toList());
      page.append("\\fB").append(names).append("\\fR");
      if (option.arity().max() > 0) {
        page.append("=\\fI").append(escaped(label(option))).append("\\fR");
      }
      page.append('\n');
      description(option);
    }
  }

  private static String label(ArgSpec argument) {
    return argument.paramLabel();
  }

  private void description(ArgSpec argument) {
    text(String.format(String.join(" ", argument.description())));
  }

  private void commands() {
    var below = visible(command);
    if (below.isEmpty()) {
      return;
    }
    macro("SH COMMANDS");
    for (var each : below) {
      macro("TP");
      page.append("\\fB").append(escaped(title(each))).append("\\fR(1)\n");
      text(firstSentence(each.getCommandSpec()) + ".");
    }
  }

  private void exitCodes(Map<String, String> codes) {
    macro("SH EXIT STATUS");
    codes.forEach((code, meaning) -> {
      macro("TP");
      page.append("\\fB").append(escaped(code)).append("\\fR\n");
      text(meaning);
    });
  }

  private void files() {
    macro("SH FILES");
    for (var file :
        Map.<String, String>of(
                "/etc/gatehouse/gatehouse.toml",
                "The configuration, if nothing else is named. 'gatehouse check --describe' prints"
                    + " every key.",
                "/var/lib/gatehouse",
                "The state: private key, authorizations, the admin socket.")
            .entrySet()
            .stream()
            .sorted(Map.Entry.comparingByKey())
            .toList()) {
      macro("TP");
      page.append("\\fI").append(escaped(file.getKey())).append("\\fR\n");
      text(file.getValue());
    }
    macro("SH ENVIRONMENT");
    macro("TP");
    page.append("\\fBGATEHOUSE_CONFIG\\fR\n");
    text("The configuration, if no option names one.");
    macro("TP");
    page.append("\\fBGATEHOUSE_JAVA_OPTIONS\\fR\n");
    text("Further options of the Java virtual machine.");
  }

  private void seeAlso() {
    var parent = command.getParent();
    if (parent != null) {
      macro("SH SEE ALSO");
      page.append("\\fB").append(escaped(title(parent))).append("\\fR(1)\n");
    }
  }

  private void macro(String line) {
    page.append('.').append(line).append('\n');
  }

  private void text(String text) {
    for (var line : Ansi.OFF.string(text).strip().split("\n", -1)) {
      page.append(escaped(line.strip())).append('\n');
    }
  }

  private static String quoted(String text) {
    return '"' + escaped(text).replace("\"", "\\(dq") + '"';
  }

  /** Text that no macro and no hyphenation touches. */
  private static String escaped(String text) {
    var escaped =
        text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("'", "\\(aq");
    return escaped.startsWith(".") ? "\\&" + escaped : escaped;
  }
}
