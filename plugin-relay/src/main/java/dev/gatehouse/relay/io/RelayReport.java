package dev.gatehouse.relay.io;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.relay.core.turn.TurnCounters;
import dev.gatehouse.relay.core.turn.TurnDrop;
import dev.gatehouse.relay.core.turn.TurnServer;
import dev.gatehouse.relay.io.RelayCounters.Tally;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * What the relay says of itself. Every label has a fixed set of values; none is a user, an address
 * or a port. Any thread.
 */
final class RelayReport {

  /** The STUN methods a relay answers, by number. */
  private static final Map<Integer, String> METHODS =
      Map.of(1, "binding", 3, "allocate", 4, "refresh", 8, "create-permission", 9, "channel-bind");

  private final PluginContext context;
  private final RelayService service;
  private final long startedNanos;

  RelayReport(PluginContext context, RelayService service) {
    this.context = context;
    this.service = service;
    this.startedNanos = context.time().nanoTime();
  }

  RelayService service() {
    return service;
  }

  private List<RelayLoop> loops() {
    var house = service.house();
    return house == null ? List.of() : house.loops();
  }

  private long server(ToLongFunction<TurnServer> figure) {
    return loops().stream().mapToLong(loop -> figure.applyAsLong(loop.server())).sum();
  }

  private long core(ToLongFunction<TurnCounters> figure) {
    return server(server -> figure.applyAsLong(server.counters()));
  }

  private long shell(Tally key) {
    return loops().stream().mapToLong(loop -> loop.counters().of(key)).sum();
  }

  private long connections() {
    var house = service.house();
    return house == null ? 0 : house.limits().connections();
  }

  private long kernelDrops() {
    return service.sockets().stream().mapToLong(UdpSocket::kernelDrops).sum();
  }

  long uptimeSeconds() {
    return TimeUnit.NANOSECONDS.toSeconds(context.time().nanoTime() - startedNanos);
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Facts for {@code gatehouse status} and {@code gatehouse relay status}. */
  Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("listening", service.listening());
    status.put("public-addresses", service.publicAddresses());
    status.put("draining", service.isDraining());
    status.put("loops", loops().size());
    status.put("allocations", server(TurnServer::allocations));
    status.put("allocations-created", core(TurnCounters::allocationsCreated));
    status.put("channels", server(TurnServer::channels));
    status.put("permissions", server(TurnServer::permissions));
    status.put("relayed-sockets", loops().stream().mapToLong(RelayLoop::relayedSockets).sum());
    status.put("connections", connections());
    status.put("to-peer-packets", core(TurnCounters::toPeerPackets));
    status.put("to-peer-bytes", core(TurnCounters::toPeerBytes));
    status.put("to-client-packets", core(TurnCounters::toClientPackets));
    status.put("to-client-bytes", core(TurnCounters::toClientBytes));
    status.put("gso", !loops().isEmpty() && loops().stream().allMatch(RelayLoop::sendsTrains));
    status.put("gro", service.sockets().stream().allMatch(UdpSocket::gro));
    status.put("kernel-drops", kernelDrops());
    status.put("drops", drops());
    return status;
  }

  private Map<String, Object> drops() {
    var drops = new LinkedHashMap<String, Object>();
    for (var reason : TurnDrop.values()) {
      putIfAny(drops, label(reason), core(counters -> counters.dropped(reason)));
    }
    for (var key : LOST) {
      putIfAny(drops, label(key), shell(key));
    }
    return drops;
  }

  private static final List<Tally> LOST =
      List.of(Tally.TRUNCATED, Tally.EGRESS_FULL, Tally.SEND_FAILED, Tally.SIBLING_FULL);

  private static void putIfAny(Map<String, Object> drops, String reason, long count) {
    if (count > 0) {
      drops.put(reason, count);
    }
  }

  /** Everything, as Prometheus reads it; docs/relay.md lists the names. */
  String metrics() {
    var text = new Metrics("gatehouse_relay_");
    var about = context.about();
    text.gauge("info", "Always 1; its labels say which release this is.")
        .sample(
            1,
            "version",
            about.getOrDefault("version", ""),
            "revision",
            about.getOrDefault("revision", ""));
    text.gauge("uptime_seconds", "Seconds since the relay was created.").sample(uptimeSeconds());
    text.gauge("ready", "1 if /ready says yes, otherwise 0.")
        .sample(service.health().isOk() ? 1 : 0);
    text.gauge("draining", "1 if no new allocations are taken.")
        .sample(service.isDraining() ? 1 : 0);
    text.gauge("allocations", "Allocations.").sample(server(TurnServer::allocations));
    text.gauge("channels", "Channels.").sample(server(TurnServer::channels));
    text.gauge("permissions", "Permissions.").sample(server(TurnServer::permissions));
    text.gauge("relayed_sockets", "Sockets of allocations; one with both families has two.")
        .sample(loops().stream().mapToLong(RelayLoop::relayedSockets).sum());
    text.gauge("connections", "TCP and TLS connections.").sample(connections());
    text.counter("allocations_created_total", "Allocations made.")
        .sample(core(TurnCounters::allocationsCreated));
    answers(text);
    text.counter("packets_total", "Payloads relayed.")
        .sample(core(TurnCounters::toPeerPackets), "direction", "to-peer")
        .sample(core(TurnCounters::toClientPackets), "direction", "to-client");
    text.counter("bytes_total", "Bytes of payloads relayed.")
        .sample(core(TurnCounters::toPeerBytes), "direction", "to-peer")
        .sample(core(TurnCounters::toClientBytes), "direction", "to-client");
    text.counter("dropped_total", "Datagrams and frames that went nowhere.");
    for (var reason : TurnDrop.values()) {
      text.sample(core(counters -> counters.dropped(reason)), "reason", label(reason));
    }
    for (var key : LOST) {
      text.sample(shell(key), "reason", label(key));
    }
    text.counter("nonces_rejected_total", "Requests with a stale or forged nonce.")
        .sample(core(TurnCounters::noncesRejected));
    sockets(text);
    return text.toString();
  }

  private void answers(Metrics text) {
    text.counter("answers_total", "Answers to requests; code 0 is success.");
    for (var method : METHODS.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList()) {
      for (int code : TurnCounters.codes()) {
        text.sample(
            core(counters -> counters.answered(method.getKey(), code)),
            "method",
            method.getValue(),
            "code",
            Integer.toString(code));
      }
    }
  }

  private void sockets(Metrics text) {
    text.counter("socket_calls_total", "System calls that received or sent something.")
        .sample(shell(Tally.READS), "direction", "in")
        .sample(shell(Tally.WRITES), "direction", "out");
    text.counter("socket_datagrams_total", "Datagrams received and sent, STUN and data.")
        .sample(shell(Tally.DATAGRAMS_IN), "direction", "in")
        .sample(shell(Tally.DATAGRAMS_OUT), "direction", "out");
    text.counter("socket_bytes_total", "Bytes of these.")
        .sample(shell(Tally.BYTES_IN), "direction", "in")
        .sample(shell(Tally.BYTES_OUT), "direction", "out");
    text.counter("refused_trains_total", "Trains of datagrams the kernel did not cut.")
        .sample(shell(Tally.REFUSED_TRAINS));
    text.counter("refused_sockets_total", "Sockets of allocations that could not be opened.")
        .sample(shell(Tally.SOCKETS_REFUSED));
    text.counter("kernel_drops_total", "Datagrams the kernel dropped before they were read.")
        .sample(kernelDrops());
    text.counter("connections_total", "TCP and TLS connections, by what became of them.")
        .sample(shell(Tally.STREAMS_ACCEPTED), "outcome", "accepted")
        .sample(shell(Tally.STREAMS_REFUSED), "outcome", "refused")
        .sample(shell(Tally.STREAMS_TIMED_OUT), "outcome", "timed-out")
        .sample(shell(Tally.STREAMS_MALFORMED), "outcome", "malformed");
  }

  /** The answer at {@code /status}. */
  Map<String, Object> overview() {
    var overview = new LinkedHashMap<String, Object>();
    overview.put("version", context.about().getOrDefault("version", ""));
    overview.put("revision", context.about().getOrDefault("revision", ""));
    overview.put("uptime-seconds", uptimeSeconds());
    overview.put("ready", service.health().isOk());
    service.health().problem().ifPresent(problem -> overview.put("problem", problem));
    overview.put("relay", status());
    return overview;
  }
}
