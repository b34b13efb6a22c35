package dev.gatehouse.dist.interop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.opentest4j.TestAbortedException;

/** Prints what was tried and what became of it. */
final class ScenarioList
    implements BeforeTestExecutionCallback, AfterTestExecutionCallback, AfterAllCallback {

  private final List<String> lines = new ArrayList<>();
  private long started;

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    started = System.nanoTime();
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    var took = Duration.ofNanos(System.nanoTime() - started);
    var result =
        context
            .getExecutionException()
            .map(e -> e instanceof TestAbortedException ? "skipped" : "FAILED")
            .orElse("passed");
    lines.add(
        "  %-8s %6.1f s  %s"
            .formatted(result, took.toMillis() / 1000.0, words(context.getDisplayName())));
  }

  private static String words(String name) {
    return name.replace("()", "")
        .replaceAll("([A-Z0-9])", " $1")
        .toLowerCase(java.util.Locale.ROOT);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    System.out.println(context.getDisplayName() + ", " + lines.size() + " scenarios:");
    lines.forEach(System.out::println);
  }
}
