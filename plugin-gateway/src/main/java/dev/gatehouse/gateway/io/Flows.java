package dev.gatehouse.gateway.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.spi.FlowMonitor;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.FlowFilter;
import dev.gatehouse.gateway.core.FlowRecord;
import dev.gatehouse.gateway.core.FlowTable;
import dev.gatehouse.gateway.core.SpoolRecord;
import dev.gatehouse.gateway.core.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is known of flows: those under way, those that ended lately, and the flow log. */
final class Flows {

  private static final long MEGABYTE = 1 << 20;
  private static final int FILES = 4;
  private static final long PATIENCE_MILLIS = 2_000;

  private record Noted(FlowRecord flow, boolean ended) {}

  private record OnShard(Shard shard, FlowTable table, RecentFlows recent) {}

  private final boolean recording;
  private final boolean spooling;
  private final PluginContext context;
  private final @Nullable Journal<Noted> journal;
  private final List<OnShard> tables = new CopyOnWriteArrayList<>();

  private Flows(
      boolean recording,
      boolean spooling,
      PluginContext context,
      @Nullable Journal<Noted> journal) {
    this.recording = recording;
    this.spooling = spooling;
    this.context = context;
    this.journal = journal;
  }

  /** Begins to write the flow log, if there is to be one. */
  static Flows open(PolicyConfig config, PluginContext context) {
    var journal = config.flowLog() ? journal(config, context) : null;
    if (journal != null) {
      journal.start();
    }
    return new Flows(
        config.flows() || config.flowLog(),
        config.flowLog() && config.flowSpool(),
        context,
        journal);
  }

  private static Journal<Noted> journal(PolicyConfig config, PluginContext context) {
    var time = context.time();
    var name = "policy-flows";
    long most = config.flowLogMegabytes() * MEGABYTE;
    if (config.flowSpool()) {
      var form = new SpoolRecord(time.nanoTime(), time.now());
      return new Journal<>(
          name,
          new Spool(context.stateDirectory().resolve(name), most),
          noted ->
              form.path(noted.flow(), noted.ended())
                  + " "
                  + form.content(noted.flow(), noted.ended()),
          time::now);
    }
    return new Journal<>(
        name,
        new LogFile(context.stateDirectory().resolve(name + ".jsonl"), most / FILES, FILES),
        noted -> noted.flow().line(time.nanoTime(), time.now()),
        time::now);
  }

  /** A table for the flows of one shard; null if nothing is recorded. */
  @Nullable FlowTable tableFor(Shard shard) {
    if (!recording) {
      return null;
    }
    var recent = new RecentFlows();
    var writing = journal;
    var table =
        new FlowTable(
            context.random().nextLong(),
            flow -> {
              recent.add(flow);
              note(writing, flow, true);
            },
            spooling ? flow -> note(writing, flow, false) : null);
    tables.add(new OnShard(shard, table, recent));
    return table;
  }

  private void note(@Nullable Journal<Noted> writing, FlowRecord flow, boolean ended) {
    if (writing != null && (!spooling || SpoolRecord.takes(flow))) {
      writing.add(new Noted(flow, ended));
    }
  }

  /** See {@link FlowMonitor#flows}. */
  FlowMonitor.View view(FlowMonitor.Query query) throws InterruptedException {
    if (!recording) {
      throw new GatehouseException(
          StandardErrorCode.NOT_FOUND,
          "This gateway keeps no flows.",
          "Set 'flows = true' in [policy] and restart it.");
    }
    var filter =
        new FlowFilter(
            query.client().orElse(null), query.resource().orElse(null), query.deniedOnly());
    var newestFirst = Comparator.comparingLong(FlowRecord::lastNanos).reversed();
    var live = live(filter, query.most() + 1);
    live.sort(newestFirst);
    var ended = new ArrayList<FlowRecord>();
    if (!query.liveOnly()) {
      tables.forEach(each -> ended.addAll(each.recent().all()));
      ended.removeIf(flow -> !filter.matches(flow));
      ended.sort(newestFirst);
    }
    long nowNanos = context.time().nanoTime();
    var now = context.time().now();
    var flows = new ArrayList<FlowMonitor.Flow>();
    live.stream().limit(query.most()).forEach(flow -> flows.add(of(flow, true, nowNanos, now)));
    ended.stream()
        .limit(query.most() - (long) flows.size())
        .forEach(flow -> flows.add(of(flow, false, nowNanos, now)));
    return new FlowMonitor.View(flows, live.size() + ended.size() > flows.size());
  }

  private List<FlowRecord> live(FlowFilter filter, int most) throws InterruptedException {
    var all = new ArrayList<FlowRecord>();
    for (var each : tables) {
      var found = new ArrayList<FlowRecord>();
      if (each.shard().isCurrent()) {
        each.table().collect(filter, most, found);
      } else {
        var done = new CountDownLatch(1);
        each.shard()
            .execute(() -> {
              each.table().collect(filter, most, found);
              done.countDown();
            });
        if (!done.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
          throw new GatehouseException(
              StandardErrorCode.INTERNAL,
              "The packet path does not answer.",
              "Try again; if it stays like this, restart the gateway.");
        }
      }
      all.addAll(found);
    }
    return all;
  }

  private static FlowMonitor.Flow of(FlowRecord flow, boolean live, long nowNanos, Instant now) {
    return new FlowMonitor.Flow(
        live,
        now.minus(Duration.ofNanos(nowNanos - flow.startNanos())),
        now.minus(Duration.ofNanos(nowNanos - flow.lastNanos())),
        flow.verdict().label(),
        flow.client(),
        Optional.ofNullable(flow.resource()).map(resource -> resource.id()),
        flow.verdict() == Verdict.ALLOWED ? Optional.ofNullable(flow.rule()) : Optional.empty(),
        flow.protocolName(),
        flow.fromClient(),
        flow.clientAddress(),
        flow.clientPort(),
        flow.remote(),
        flow.remotePort(),
        Optional.ofNullable(flow.domain()),
        Optional.ofNullable(flow.real()),
        flow.sentPackets(),
        flow.sentBytes(),
        flow.receivedPackets(),
        flow.receivedBytes());
  }

  /** Why the flow log cannot be written; empty while all is well. */
  Optional<String> problem() {
    return journal == null ? Optional.empty() : journal.problem();
  }

  void addTo(Map<String, Object> status) {
    if (recording) {
      status.put("flows", tables.stream().mapToInt(each -> each.table().size()).sum());
      status.put(
          "flow-packets-unrecorded",
          tables.stream().mapToLong(each -> each.table().unrecorded()).sum());
    }
    if (journal != null) {
      status.put("flows-written", journal.written());
      status.put("flows-lost", journal.lost());
    }
  }

  /** Writes what waits. */
  void close() {
    if (journal != null) {
      journal.close();
    }
  }
}
