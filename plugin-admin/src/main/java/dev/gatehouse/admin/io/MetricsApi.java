package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Exposition;
import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.store.StoreLatency;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /metrics}: a handful of figures. No series carries a client, an address or a resource, so
 * their number depends on the installed plugins only.
 */
final class MetricsApi {

  private static final Logger log = LoggerFactory.getLogger(MetricsApi.class);
  private static final int MAX_REASONS = 100;
  private static final int MAX_NUMBERS = 100;

  private static final Map<String, String> PACKETS =
      Map.of("packets-allowed-in", "from-clients", "packets-allowed-out", "to-clients");
  private static final Map<String, String> BYTES =
      Map.of("bytes-allowed-in", "from-clients", "bytes-allowed-out", "to-clients");
  private static final Map<String, String> HANDSHAKES = Map.of("handshakes", "");

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
    var lost = gateway.context().about().get("log-lines-lost");
    text.metric("gatehouse_log_lines_lost_total", "counter", "Lines lost to log files.");
    if (lost != null && lost.matches("[0-9]{1,18}")) {
      text.sample("gatehouse_log_lines_lost_total", Map.of(), Long.parseLong(lost));
    }
    traffic(text);
    latency(text);
    lanes(text);
    numbers(text);
    unlessSilent(() -> peers(text, status.peers(request.deadline())));
    unlessSilent(() -> store(text, request.deadline()));
    text.metric("gatehouse_series_omitted", "gauge", "Series left out because there are too many.")
        .sample("gatehouse_series_omitted", Map.of(), text.omitted());
    return Reply.text(Exposition.CONTENT_TYPE, text.toString());
  }

  /** What does not answer leaves its own figures out, not all of them; gatehouse_ready tells. */
  private static void unlessSilent(Runnable figures) {
    try {
      figures.run();
    } catch (GatehouseException e) {
      log.atDebug().setCause(e).log("figures left out");
    }
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
    each((plugin, facts) ->
        group(text, "gatehouse_drops_total", plugin, "reason", facts.get("drops")));
  }

  /** What the packet path and the audit log count, under names of their own. */
  private void traffic(Exposition text) {
    named(text, "gatehouse_packets_total", "counter", "Packets let through.", PACKETS);
    named(text, "gatehouse_bytes_total", "counter", "Bytes of the packets let through.", BYTES);
    named(text, "gatehouse_handshakes_total", "counter", "Handshakes completed.", HANDSHAKES);
    text.metric(
        "gatehouse_refusals_total", "counter", "Packets refused by the policy, by verdict.");
    each((plugin, facts) ->
        group(text, "gatehouse_refusals_total", plugin, "verdict", facts.get("refusals")));
    text.metric(
        "gatehouse_changes_total",
        "counter",
        "Changes of the store since the start, by what happened: grants, extensions, revocations,"
            + " expiries and others.");
    each((plugin, facts) ->
        group(text, "gatehouse_changes_total", plugin, "change", facts.get("changes")));
  }

  /** How long the store takes, by who asked. */
  private void latency(Exposition text) {
    var name = "gatehouse_store_latency_seconds";
    text.metric(name, "histogram", "How long the store took to answer, by the plugin that asked.");
    each((plugin, facts) -> {
      if (facts.get(StoreLatency.KEY) instanceof Map<?, ?> buckets
          && buckets.get("count") instanceof Number count
          && buckets.get("sum") instanceof Number sum) {
        buckets.forEach((end, below) -> {
          if (below instanceof Number number && String.valueOf(end).matches("[0-9.]{1,10}")) {
            text.sample(
                name + "_bucket", labels("plugin", plugin, "le", String.valueOf(end)), number);
          }
        });
        text.sample(name + "_bucket", labels("plugin", plugin, "le", "+Inf"), count);
        text.sample(name + "_sum", Map.of("plugin", plugin), sum.doubleValue());
        text.sample(name + "_count", Map.of("plugin", plugin), count);
      }
    });
  }

  /** How full the lanes between the plugins are. */
  private void lanes(Exposition text) {
    text.metric("gatehouse_lane_batches", "gauge", "Batches waiting in a lane, by shard.");
    lanes((labels, lane) ->
        text.sample(
            "gatehouse_lane_batches", labels, Math.max(0, lane.capacity() - lane.credits())));
    text.metric("gatehouse_lane_capacity", "gauge", "Batches a lane holds at most, by shard.");
    lanes((labels, lane) -> text.sample("gatehouse_lane_capacity", labels, lane.capacity()));
  }

  private void lanes(BiConsumer<Map<String, String>, PacketLane> consumer) {
    for (var shard : gateway.context().shards()) {
      for (var lane : Lane.values()) {
        consumer.accept(
            labels("lane", lane.label(), "shard", Integer.toString(shard.index())),
            shard.lane(lane));
      }
    }
  }

  /** A metric made of numbers in plugins' status, each with a label of its own. */
  private void named(
      Exposition text, String name, String type, String help, Map<String, String> keys) {
    text.metric(name, type, help);
    each((plugin, facts) ->
        keys.forEach((key, direction) -> {
          if (facts.get(key) instanceof Number number) {
            text.sample(
                name,
                direction.isEmpty()
                    ? Map.of("plugin", plugin)
                    : labels("direction", direction, "plugin", plugin),
                number);
          }
        }));
  }

  private void each(BiConsumer<String, Map<String, Object>> consumer) {
    gateway
        .context()
        .plugins()
        .forEach((id, plugin) -> consumer.accept(id.value(), Plugins.status(plugin)));
  }

  private static Map<String, String> labels(String one, String first, String two, String second) {
    return new TreeMap<>(Map.of(one, first, two, second));
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
                if (value instanceof Number number) {
                  put(text, numbers, name, number, MAX_NUMBERS);
                }
              });
          numbers.forEach((name, number) -> {
            var labels = new TreeMap<>(Map.of("plugin", id.value(), "name", name));
            text.sample("gatehouse_plugin_number", labels, number);
          });
        });
  }

  /** One series for every entry of a group of numbers in a plugin's status. */
  private static void group(
      Exposition text, String metric, String plugin, String label, @Nullable Object group) {
    if (group instanceof Map<?, ?> entries) {
      var sorted = new TreeMap<String, Number>();
      entries.forEach((name, count) -> {
        if (count instanceof Number number) {
          put(text, sorted, String.valueOf(name), number, MAX_REASONS);
        }
      });
      sorted.forEach(
          (name, count) -> text.sample(metric, labels("plugin", plugin, label, name), count));
    }
  }

  private static void put(
      Exposition text, Map<String, Number> all, String name, Number number, int most) {
    if (all.size() < most) {
      all.put(name, number);
    } else {
      text.omit();
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
