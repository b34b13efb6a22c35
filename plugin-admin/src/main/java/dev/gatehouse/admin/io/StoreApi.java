package dev.gatehouse.admin.io;

import static dev.gatehouse.admin.io.Gateway.invalid;
import static dev.gatehouse.admin.io.Gateway.notFound;

import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Backup and check of the store. With a large store they take longer than a request may, so they
 * are tasks: one at a time, whose outcome is asked for.
 */
final class StoreApi {

  private static final Logger log = LoggerFactory.getLogger(StoreApi.class);
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int REMEMBERED = 16;

  private final Gateway gateway;
  private final LinkedHashMap<String, CompletableFuture<List<String>>> tasks =
      new LinkedHashMap<>();
  private int started;

  StoreApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/store/backup", this::backup),
        Route.of("POST", "/v1/store/verify", this::verify),
        Route.of("GET", "/v1/store/tasks/{task}", this::task));
  }

  private Reply backup(Request request) {
    var fields = request.fields();
    var file = fields.required("file", StoreApi::absolute);
    fields.finish();
    return begin(
        "backup",
        deadline -> {
          gateway.store().backup(file, deadline);
          log.atInfo().addKeyValue("file", file).log("store backed up");
          return List.of();
        });
  }

  private static Path absolute(String text) {
    try {
      var path = Path.of(text);
      if (path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) {
      // told below
    }
    throw invalid("The file of the backup is not an absolute path.", "Begin it with '/'.");
  }

  private Reply verify(Request request) {
    request.fields().finish();
    return begin(
        "verification",
        deadline -> {
          var problems = gateway.store().verify(deadline);
          log.atInfo().addKeyValue("problems", problems.size()).log("store verified");
          return problems;
        });
  }

  private synchronized Reply begin(String what, Function<Deadline, List<String>> work) {
    if (tasks.values().stream().anyMatch(task -> !task.isDone())) {
      throw new GatehouseException(
          StandardErrorCode.CONFLICT,
          "A backup or verification is under way already.",
          "Wait until it is done.");
    }
    var id = what + "-" + ++started;
    var outcome = new CompletableFuture<List<String>>();
    tasks.put(id, outcome);
    if (tasks.size() > REMEMBERED) {
      tasks.pollFirstEntry();
    }
    var deadline = Deadline.after(LONGEST, gateway.context().time());
    Thread.ofVirtual()
        .name("gatehouse-" + id)
        .start(() -> {
          try {
            outcome.complete(work.apply(deadline));
          } catch (RuntimeException e) {
            outcome.completeExceptionally(e);
          }
        });
    return Reply.json(202, Map.of("task", id, "done", false));
  }

  private synchronized Reply task(Request request) {
    var id = request.pathPart("task");
    var outcome = tasks.get(id);
    if (outcome == null) {
      throw notFound("task", id, "store");
    }
    if (!outcome.isDone()) {
      return Reply.ok(Map.of("task", id, "done", false));
    }
    if (outcome.isCompletedExceptionally()) {
      throw outcome.exceptionNow() instanceof GatehouseException known
          ? known
          : new GatehouseException(
              StandardErrorCode.INTERNAL,
              "The store failed unexpectedly.",
              "Look into the log, and report this as a bug.",
              outcome.exceptionNow());
    }
    var answer = new LinkedHashMap<String, Object>();
    answer.put("task", id);
    answer.put("done", true);
    answer.put("problems", outcome.resultNow());
    return Reply.ok(answer);
  }
}
