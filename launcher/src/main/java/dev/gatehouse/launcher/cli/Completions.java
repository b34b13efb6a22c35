package dev.gatehouse.launcher.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The scripts that complete commands and options in shells. */
final class Completions {

  /** The shells we write scripts for. */
  enum Shell {
    /** GNU Bash; its script also works in zsh. */
    BASH,
    /** Z shell, as a file named {@code _gatehouse} on its function path. */
    ZSH,
    /** Fish. */
    FISH
  }

  private Completions() {}

  /** The script for one shell. */
  static String script(Shell shell, CommandLine main) {
    return switch (shell) {
      case BASH -> AutoComplete.bash(main.getCommandName(), main);
      case ZSH -> zsh(main);
      case FISH -> fish(main);
    };
  }

  /** The options people may see, sorted by their long name. */
  static List<OptionSpec> options(CommandSpec spec) {
    return spec.options().stream()
        .filter(option -> !option.hidden())
        .sorted(Comparator.comparing(OptionSpec::longestName))
        .toList();
  }

  /** The words that lead to each command, in every spelling, the longest first. */
  private static List<Path> paths(CommandLine main) {
    var paths = new ArrayList<Path>();
    collect("", main, paths);
    paths.sort(
        Comparator.comparingLong((Path path) -> -path.words().chars().filter(c -> c == ' ').count())
            .thenComparing(Comparator.comparing(Path::words).reversed()));
    return paths;
  }

  private static void collect(String words, CommandLine command, List<Path> into) {
    into.add(new Path(words, command));
    for (var below : ManPage.visible(command)) {
      for (var name : names(below)) {
        collect(words.isEmpty() ? name : words + " " + name, below, into);
      }
    }
  }

  private static List<String> names(CommandLine command) {
    return Stream.concat(
            Stream.of(command.getCommandName()), Stream.of(command.getCommandSpec().aliases()))
        .toList();
  }

  private static String zsh(CommandLine main) {
    var script = new StringBuilder("#compdef gatehouse\n");
    script
        .append("# Completes gatehouse in zsh; made from its own description of its commands.\n")
        .append("local -a given commands options\nlocal word\n")
        .append("for word in ${words[2,CURRENT-1]}; do [[ $word == -* ]] || given+=($word); done\n")
        .append("case \"${(j: :)given} \" in\n");
    for (var path : paths(main)) {
      script.append("  ").append(path.words().isEmpty() ? "" : "'" + path.words() + " '");
      script.append("*)\n    commands=(");
      for (var below : ManPage.visible(path.command())) {
        for (var name : names(below)) {
          script.append(' ').append(zshItem(name, summary(below.getCommandSpec())));
        }
      }
      script.append(" )\n    options=(");
      for (var option : options(path.command().getCommandSpec())) {
        for (var name : option.names()) {
          script.append(' ').append(zshItem(name, summary(option)));
        }
      }
      script.append(" )\n    ;;\n");
    }
    return script
        .append("esac\n")
        .append("if [[ ${words[CURRENT]} == -* ]]; then\n")
        .append("  _describe -o option options\n")
        .append("elif (( $#commands )); then\n")
        .append("  _describe command commands\n")
        .append("else\n  _files\nfi\n")
        .toString();
  }

  private static String zshItem(String name, String summary) {
    return "'" + name + ":" + summary.replace("'", "").replace(":", "\\:") + "'";
  }

  private static String fish(CommandLine main) {
    var script =
        new StringBuilder(
            """
            # Completes gatehouse in fish; made from its own description of its commands.
            function __gatehouse_words
                set -l given
                for word in (commandline -opc)[2..]
                    string match -q -- '-*' $word; or set -a given $word
                end
                echo "$given"
            end
            function __gatehouse_at
                test (__gatehouse_words) = "$argv"
            end
            function __gatehouse_in
                string match -q -- "$argv *" (__gatehouse_words)" "
            end
            """);
    for (var path : paths(main)) {
      for (var below : ManPage.visible(path.command())) {
        for (var name : names(below)) {
          script
              .append("complete -c gatehouse -n '__gatehouse_at ")
              .append(path.words())
              .append("' -f -a ")
              .append(name)
              .append(" -d ")
              .append(fishText(summary(below.getCommandSpec())))
              .append('\n');
        }
      }
      for (var option : options(path.command().getCommandSpec())) {
        script.append("complete -c gatehouse -n '");
        script
            .append(path.words().isEmpty() ? "__gatehouse_at " : "__gatehouse_in " + path.words())
            .append('\'');
        for (var name : option.names()) {
          script.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceAll("^-+", ""));
        }
        script.append(option.arity().max() > 0 ? " -r" : "");
        script.append(" -d ").append(fishText(summary(option))).append('\n');
      }
    }
    return script.toString();
  }

  private static String fishText(String text) {
    return "'" + text.replace("\\", "").replace("'", "\\'") + "'";
  }

  private static String summary(CommandSpec spec) {
    var lines = spec.usageMessage().description();
    return lines.length == 0 ? "" : brief(lines[0]);
  }

  private static String summary(OptionSpec option) {
    return brief(String.join(" ", option.description()));
  }

  /** The first sentence, on one line. */
  private static String brief(String text) {
    var line = String.format(Locale.ROOT, text).replaceAll("\\s+", " ").strip();
    int end = line.indexOf(". ");
    return end >= 0 ? line.substring(0, end + 1) : line;
  }

  /** The words that lead to a command. */
  private record Path(String words, CommandLine command) {}
}
