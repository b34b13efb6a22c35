package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.ErrorCode;
import dev.gatehouse.api.GatehouseException;
import java.util.List;
import java.util.stream.Collectors;

/** Everything that has to be changed before the gateway can start, at once. */
public final class SetupException extends GatehouseException {

  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  SetupException(ErrorCode code, String source, List<String> problems) {
    super(code, text(problems), fix(source));
    this.problems = List.copyOf(problems);
  }

  /** One sentence each. */
  public List<String> problems() {
    return problems;
  }

  private static String text(List<String> problems) {
    return problems.size() == 1
        ? problems.getFirst()
        : problems.stream()
            .map(problem -> "\n  - " + problem)
            .collect(Collectors.joining("", problems.size() + " things need attention:", "\n"));
  }

  private static String fix(String source) {
    return "(configuration: " + source + ")";
  }
}
