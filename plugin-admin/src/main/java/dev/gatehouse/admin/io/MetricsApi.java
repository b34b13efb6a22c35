package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Exposition;
import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.spi.PeerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * {@code /metrics}: a handful of figures. No series carries a client, an address or a resource, so
 * their number depends on the installed plugins only.
 */
final class MetricsApi {

  private static final int MAX_REASONS = 100;
  private static final int MAX_NUMBERS = 100;

  /** Counting goes through the whole store, which is not worth it on every scrape. */
  private static final Duration COUNT_AGAIN_AFTER = Duration.ofSeconds(10);

  private record Counts(long clients, long resources, long authorizations, long atNanos) {}

  private final Gateway gateway;
  private final StatusApi status;
  private volatile @Nullable Counts counts;

  MetricsApi(Gateway gateway, StatusApi status) {
    this.gateway = gateway;
    this.status = status;
  }

  List<Route> routes() {
    return List.of(Route.of("GET", "/metrics", this::metrics));
  }

  private Reply metrics(Request request) {
    var text = new Exposition();
    about(text, request.deadline());
    plugins(text);
    numbers(text);
    peers(text, status.peers(request.deadline()));
    store(text, request.deadline());
    return Reply.text(Exposition.CONTENT_TYPE, text.toString());
  }

  private void about(Exposition text, Deadline deadline) {
    var about = gateway.context().about();
    text.metric("gatehouse_info", "gauge", "Always 1; its labels say which release this is.")
        .sample(
            "gatehouse_info",
            new TreeMap<>(
                Map.of(
                    "version", about.getOrDefault("version", ""),
                    "revision", about.getOrDefault("revision", ""))),
            1);
    text.metric("gatehouse_uptime_seconds", "gauge", "Time since the admin API was created.")
        .sample("gatehouse_uptime_seconds", Map.of(), status.uptime().toMillis() / 1000.0);
    text.metric("gatehouse_ready", "gauge", "1 if /ready says yes, otherwise 0.")
        .sample("gatehouse_ready", Map.of(), status.reasons(deadline).isEmpty() ? 1 : 0);
  }

  private void plugins(Exposition text) {
    var plugins = gateway.context().plugins();
    text.metric("gatehouse_plugin_healthy", "gauge", "1 if the plugin says it works.");
    plugins.forEach((id, plugin) ->
        text.sample(
            "gatehouse_plugin_healthy",
            Map.of("plugin", id.value()),
            Plugins.health(plugin).isOk() ? 1 : 0));
    text.metric("gatehouse_drops_total", "counter", "Packets dropped, by plugin and reason.");
    plugins.forEach((id, plugin) -> drops(text, id.value(), Plugins.status(plugin).get("drops")));
  }

  /** Every number of every plugin's status, whatever it is called. */
  private void numbers(Exposition text) {
    text.metric(
        "gatehouse_plugin_number",
        "untyped",
        "A number in the plugin's status, by its name there.");
    gateway
        .context()
        .plugins()
        .forEach((id, plugin) -> {
          var numbers = new TreeMap<String, Number>();
          Plugins.status(plugin)
              .forEach((name, value) -> {
                if (value instanceof Number number && numbers.size() < MAX_NUMBERS) {
                  numbers.put(name, number);
                }
              });
          numbers.forEach((name, number) -> {
            var labels = new TreeMap<>(Map.of("plugin", id.value(), "name", name));
            text.sample("gatehouse_plugin_number", labels, number);
          });
        });
  }

  private static void drops(Exposition text, String plugin, @Nullable Object drops) {
    if (drops instanceof Map<?, ?> reasons) {
      var sorted = new TreeMap<String, Number>();
      reasons.forEach((reason, count) -> {
        if (count instanceof Number number && sorted.size() < MAX_REASONS) {
          sorted.put(String.valueOf(reason), number);
        }
      });
      sorted.forEach((reason, count) -> {
        var labels = new TreeMap<>(Map.of("plugin", plugin, "reason", reason));
        text.sample("gatehouse_drops_total", labels, count);
      });
    }
  }

  private static void peers(Exposition text, List<PeerStatus> peers) {
    long connected = peers.stream().filter(PeerStatus::connected).count();
    text.metric("gatehouse_peers", "gauge", "Peers the tunnel knows, by state of connection.")
        .sample("gatehouse_peers", Map.of("state", "connected"), connected)
        .sample("gatehouse_peers", Map.of("state", "disconnected"), peers.size() - connected);
  }

  private void store(Exposition text, Deadline deadline) {
    var now = counted(deadline);
    text.metric("gatehouse_clients", "gauge", "Clients in the store.")
        .sample("gatehouse_clients", Map.of(), now.clients());
    text.metric("gatehouse_resources", "gauge", "Resources in the store.")
        .sample("gatehouse_resources", Map.of(), now.resources());
    text.metric("gatehouse_authorizations", "gauge", "Authorizations that count right now.")
        .sample("gatehouse_authorizations", Map.of(), now.authorizations());
  }

  private Counts counted(Deadline deadline) {
    long nowNanos = gateway.context().time().nanoTime();
    var known = counts;
    if (known != null && nowNanos - known.atNanos() < COUNT_AGAIN_AFTER.toNanos()) {
      return known;
    }
    var store = gateway.store();
    Instant now = gateway.now();
    var found = new long[3];
    Gateway.forEach((c, limit) -> store.clients(c, limit, deadline), _ -> found[0]++);
    Gateway.forEach((c, limit) -> store.resources(c, limit, deadline), _ -> found[1]++);
    Gateway.forEach(
        (c, limit) -> store.authorizations(c, limit, deadline),
        (Authorization a) -> found[2] += a.isActiveAt(now) ? 1 : 0);
    var fresh = new Counts(found[0], found[1], found[2], nowNanos);
    counts = fresh;
    return fresh;
  }
}
