package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.admin.core.Views;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.spi.PeerStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whether the gateway lives and works, and what it is doing. */
final class StatusApi {

  private final Gateway gateway;
  private final long startedNanos;

  StatusApi(Gateway gateway) {
    this.gateway = gateway;
    this.startedNanos = gateway.context().time().nanoTime();
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/live", _ -> Reply.ok(Map.of("live", true))),
        Route.of("GET", "/ready", this::ready),
        Route.of("GET", "/v1/status", this::status),
        Route.of("GET", "/v1/peers", this::peers));
  }

  private Reply ready(Request request) {
    var reasons = reasons(request.deadline());
    var answer = new LinkedHashMap<String, Object>();
    answer.put("ready", reasons.isEmpty());
    answer.put("reasons", reasons);
    return Reply.json(reasons.isEmpty() ? 200 : 503, answer);
  }

  /** Why the gateway is not ready: the plugins' own sentences, and a store that does not answer. */
  List<Map<String, Object>> reasons(Deadline deadline) {
    var reasons = new ArrayList<Map<String, Object>>();
    gateway
        .context()
        .plugins()
        .forEach((id, plugin) ->
            Plugins.health(plugin)
                .problem()
                .ifPresent(
                    problem -> reasons.add(Map.of("plugin", id.value(), "problem", problem))));
    var log = gateway.context().about().get("log-problem");
    if (log != null) {
      reasons.add(Map.of("plugin", "log", "problem", log));
    }
    try {
      gateway.store().version(deadline);
    } catch (GatehouseException e) {
      reasons.add(Map.of("plugin", "auth-store", "problem", e.problem()));
    }
    return reasons;
  }

  private Reply status(Request request) {
    var plugins = new ArrayList<Map<String, Object>>();
    gateway
        .context()
        .plugins()
        .forEach((id, plugin) -> {
          var health = Plugins.health(plugin);
          var view = new LinkedHashMap<String, Object>();
          view.put("id", id.value());
          view.put("kind", Plugins.kind(plugin));
          view.put("healthy", health.isOk());
          health.problem().ifPresent(problem -> view.put("problem", problem));
          view.put("status", Plugins.status(plugin));
          plugins.add(view);
        });
    var answer = new LinkedHashMap<String, Object>();
    answer.put("ready", reasons(request.deadline()).isEmpty());
    answer.put("about", gateway.context().about());
    answer.put("now", gateway.now().toString());
    answer.put("uptime-seconds", uptime().toSeconds());
    answer.put("gateway", gateway.facts());
    answer.put("plugins", plugins);
    return Reply.ok(answer);
  }

  Duration uptime() {
    return Duration.ofNanos(gateway.context().time().nanoTime() - startedNanos);
  }

  private Reply peers(Request request) {
    return Reply.ok(Map.of("peers", peers(request.deadline()).stream().map(Views::of).toList()));
  }

  List<PeerStatus> peers(Deadline deadline) {
    try {
      return Futures.get(
          gateway.context().tunnel().peers(), deadline.remaining(gateway.context().time()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GatehouseException(
          StandardErrorCode.INTERNAL, "The gateway is stopping.", "Ask again when it runs.", e);
    }
  }
}
