package dev.gatehouse.gateway.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.spi.FlowMonitor;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PolicyExplainer;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreLatency;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.core.Explaining;
import dev.gatehouse.gateway.core.PolicyModel;
import dev.gatehouse.gateway.core.PolicyTable;
import dev.gatehouse.gateway.core.Traffic;
import dev.gatehouse.gateway.core.Verdict;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The policy stage. It judges every packet between tunnel and device by a table compiled from the
 * store, and tells the tunnel which peers there are. It listens to no event of connections: a
 * client that comes or goes changes nothing here.
 */
public final class PolicyStage implements Plugin, PolicyExplainer, FlowMonitor {

  private static final Duration EXPIRY_TICK = Duration.ofSeconds(1);
  private static final Duration FLUSH = Duration.ofSeconds(1);
  private static final long MEGABYTE = 1 << 20;
  private static final int AUDIT_FILES = 10;

  private volatile PolicyConfig config;
  private final PluginContext context;
  private final ExecutorService control;
  private final ExecutorService naming;
  private final Function<PluginContext, Upstream> upstreams;
  private final boolean serving;
  private final List<PolicyShard> shards = new ArrayList<>();
  private final List<Shard.Watch> watches = new ArrayList<>();
  private final List<Shard.Watch> refreshing = new CopyOnWriteArrayList<>();
  private final StoreLatency latency = new StoreLatency();
  private volatile @Nullable PeerSync peers;
  private volatile @Nullable NameService names;
  private volatile @Nullable NameSockets sockets;
  private volatile @Nullable Upstream upstream;
  private volatile @Nullable Flows flows;
  private volatile @Nullable AuditTrail audit;
  private final @Nullable NameServers nameServers;
  private Events.@Nullable Subscription reloads;
  private final AtomicBoolean auditAsked = new AtomicBoolean();
  private final ExecutorService auditing =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("policy-audit").factory());
  private volatile @Nullable StoreFollower follower;

  /** The stage, not started. */
  public PolicyStage(PolicyConfig config, PluginContext context) {
    this(config, context, new NameServers(config.nameServers(), context.time()));
  }

  private PolicyStage(PolicyConfig config, PluginContext context, NameServers nameServers) {
    this(
        config,
        context,
        Executors.newSingleThreadExecutor(Thread.ofVirtual().name("policy-control").factory()),
        Executors.newSingleThreadExecutor(Thread.ofVirtual().name("policy-names").factory()),
        lent -> new VertxUpstream(lent.vertx(), nameServers, lent.random()),
        true,
        nameServers);
  }

  /**
   * The stage with executors of the test's choice.
   *
   * @param control for everything but packets and names
   * @param naming for names
   * @param upstreams makes the name servers behind the gateway
   * @param serving whether to listen for queries
   */
  PolicyStage(
      PolicyConfig config,
      PluginContext context,
      ExecutorService control,
      ExecutorService naming,
      Function<PluginContext, Upstream> upstreams,
      boolean serving) {
    this(config, context, control, naming, upstreams, serving, null);
  }

  private PolicyStage(
      PolicyConfig config,
      PluginContext context,
      ExecutorService control,
      ExecutorService naming,
      Function<PluginContext, Upstream> upstreams,
      boolean serving,
      @Nullable NameServers nameServers) {
    this.nameServers = nameServers;
    this.config = config;
    this.context = context;
    this.control = control;
    this.naming = naming;
    this.upstreams = upstreams;
    this.serving = serving;
  }

  @Override
  public void start() throws InterruptedException {
    var tun = context.tun();
    var surroundings =
        new PolicyTable.Surroundings(
            tun.addresses(),
            tun.networks(),
            separate(config.proxyNetworks(), tun.networks()),
            context.random().nextLong());
    var model = new PolicyModel(surroundings, config.icmpErrorsPerSecond());
    var peerSync = new PeerSync(context.tunnel(), context.time());
    var following = new StoreFollower(config, store(), context.time(), control, model, peerSync);
    peers = peerSync;
    follower = following;
    runOn(control, following::follow);
    var asking = upstreams.apply(context);
    upstream = asking;
    var service =
        new NameService(
            following, context.time(), naming, asking, surroundings, this::sendToClient);
    names = service;
    var remembering = Flows.open(config, context);
    flows = remembering;
    openAudit();
    for (var shard : context.shards()) {
      var policy =
          new PolicyShard(
              shard, context.time(), following, service::take, remembering.tableFor(shard));
      shards.add(policy);
      policy.open();
    }
    var clock = context.shards().getFirst();
    refresh(following);
    watches.add(clock.every(EXPIRY_TICK, following::askExpiry));
    watches.add(clock.every(EXPIRY_TICK, service::tick));
    if (serving) {
      var opened = new NameSockets(context.vertx(), service);
      sockets = opened;
      opened.open(tun.addresses().all());
    }
  }

  @Override
  public Optional<Rehearsal> rehearsal(Shard shard) {
    return follower == null
        ? Optional.empty()
        : Optional.of(new PolicyRehearsal(config, context, shard));
  }

  /** The store, and how long it takes. */
  private AuthorizationStore store() {
    return latency.around(context.store());
  }

  /** Asks the store at times, however often that is now. */
  private void refresh(StoreFollower following) {
    var clock = context.shards().getFirst();
    refreshing.forEach(Shard.Watch::close);
    refreshing.clear();
    refreshing.add(clock.every(config.refresh(), following::ask));
    var trail = audit;
    if (trail != null) {
      refreshing.add(clock.every(config.refresh(), () -> followAudit(trail)));
    }
  }

  @Override
  public Runnable reconfigure(Record other) {
    var following = follower;
    if (following == null || !(other instanceof PolicyConfig wanted)) {
      return () -> {};
    }
    return () -> {
      boolean sameRefresh = wanted.refresh().equals(config.refresh());
      config = wanted;
      if (nameServers != null) {
        nameServers.use(wanted.nameServers());
      }
      control.execute(() -> following.reconfigure(wanted));
      if (!sameRefresh) {
        refresh(following);
      }
    };
  }

  private void openAudit() {
    var time = context.time();
    if (serving) {
      var opened =
          new AuditTrail(
              store(),
              time,
              new LogFile(
                  context.stateDirectory().resolve("policy-audit.jsonl"),
                  16 * MEGABYTE,
                  AUDIT_FILES));
      audit = opened;
      auditing.execute(() -> {
        opened.note(
            new JsonObject().put("event", "gateway-started").put("policy", config.toString()));
        opened.follow();
      });
      reloads =
          context
              .events()
              .subscribe(GatewayEvent.ConfigurationChanged.class, event -> audit(opened, event));
    }
  }

  private void followAudit(AuditTrail trail) {
    if (!auditing.isShutdown() && auditAsked.compareAndSet(false, true)) {
      auditing.execute(() -> {
        auditAsked.set(false);
        trail.follow();
      });
    }
  }

  private void audit(AuditTrail trail, GatewayEvent.ConfigurationChanged event) {
    if (!auditing.isShutdown()) {
      auditing.execute(() -> {
        trail.note(
            new JsonObject()
                .put("event", "configuration-changed")
                .put("origin", event.origin())
                .put("changed", new JsonArray(event.changed()))
                .put("after-restart", new JsonArray(event.afterRestart()))
                .put("policy", config.toString()));
        trail.follow();
      });
    }
  }

  private static List<Cidr> separate(List<Cidr> proxies, List<Cidr> networks) {
    for (var proxy : proxies) {
      for (var network : networks) {
        if (proxy.contains(network.address()) || network.contains(proxy.address())) {
          throw new GatehouseException(
              StandardErrorCode.CONFIGURATION_INVALID,
              "The network %s, from which addresses stand for DNS names, overlaps with the tunnel's %s."
                  .formatted(proxy, network),
              "Set 'proxy-networks' in [policy] or 'addresses' in [tun] to something else.");
        }
      }
    }
    return proxies;
  }

  /** The names' side of this stage, once started. */
  NameService nameService() {
    var service = names;
    if (service == null) {
      throw new IllegalStateException("the policy stage is not started");
    }
    return service;
  }

  private void sendToClient(int handle, byte[] packet) {
    var shard = context.shards().getFirst();
    shard.execute(() -> {
      if (!shards.isEmpty()) {
        shards.getFirst().send(handle, packet);
      }
    });
  }

  private static void runOn(ExecutorService executor, Runnable task) throws InterruptedException {
    var done = new FutureTask<@Nullable Void>(task, null);
    executor.execute(done);
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void stop() throws InterruptedException {
    watches.forEach(Shard.Watch::close);
    watches.clear();
    refreshing.forEach(Shard.Watch::close);
    refreshing.clear();
    var listening = reloads;
    if (listening != null) {
      listening.close();
    }
    closeSockets();
    var service = names;
    if (service != null) {
      runOn(naming, service::stop);
    }
    if (serving) {
      flush();
    }
    shards.forEach(PolicyShard::close);
    stopLogs();
    var following = follower;
    if (following != null) {
      runOn(control, following::stop);
    }
  }

  private void closeSockets() {
    var listening = sockets;
    if (listening != null) {
      listening.close();
    }
  }

  private void stopLogs() throws InterruptedException {
    for (int i = 0; i < shards.size(); i++) {
      context.shards().get(i).execute(shards.get(i)::endFlows);
    }
    if (serving) {
      flush();
    }
    var remembering = flows;
    if (remembering != null) {
      remembering.close();
    }
    var trail = audit;
    if (trail != null) {
      runOn(
          auditing,
          () -> {
            trail.note(new JsonObject().put("event", "gateway-stopped"));
            trail.follow();
            trail.close();
          });
    }
  }

  /** Waits until what was handed to the first shard is on its way. */
  private void flush() throws InterruptedException {
    var shard = context.shards().getFirst();
    if (shard.isCurrent()) {
      return;
    }
    var done = new CountDownLatch(1);
    shard.execute(done::countDown);
    done.await(FLUSH.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    closeSockets();
    var remembering = flows;
    if (remembering != null) {
      remembering.close();
    }
    control.shutdownNow();
    naming.shutdownNow();
    auditing.shutdownNow();
    var asking = upstream;
    if (asking != null) {
      asking.close();
    }
  }

  @Override
  public Health health() {
    var following = follower;
    if (following == null) {
      return Health.failing("The policy stage is not started.");
    }
    var health = following.health();
    return health.isOk() ? logProblem().map(Health::failing).orElse(health) : health;
  }

  private Optional<String> logProblem() {
    var trail = audit;
    var remembering = flows;
    var problem = trail == null ? Optional.<String>empty() : trail.problem();
    return problem.isPresent() || remembering == null ? problem : remembering.problem();
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    var following = follower;
    var peerSync = peers;
    if (following == null || peerSync == null) {
      return status;
    }
    var counts = following.counts();
    status.put("clients", counts.clients());
    status.put("peers", peerSync.size());
    status.put("resources", counts.resources());
    status.put("dns-resources", counts.dnsResources());
    status.put("authorizations", counts.activeAuthorizations());
    status.put("proxy-networks", config.proxyNetworks().stream().map(Cidr::toString).toList());
    status.put("time-known", following.knowsTime());
    status.put("store-version", Math.max(0, following.table().version()));
    for (var counter : Traffic.Counter.values()) {
      status.put(counter.label(), sum(counter));
    }
    status.put("prohibited", prohibited());
    addNames(status, following);
    status.put(StoreLatency.KEY, latency.status());
    status.put("refusals", refusals());
    status.put("drops", DropCounters.byReason(shards.stream().map(PolicyShard::drops)));
    return status;
  }

  @Override
  public FlowMonitor.View flows(FlowMonitor.Query query) throws InterruptedException {
    var remembering = flows;
    if (remembering == null) {
      throw new GatehouseException(
          StandardErrorCode.INTERNAL, "The policy stage is not started.", "Ask again later.");
    }
    return remembering.view(query);
  }

  @Override
  public Explanation explain(Question question) {
    var following = follower;
    if (following == null) {
      throw new GatehouseException(
          StandardErrorCode.INTERNAL, "The policy stage is not started.", "Ask again later.");
    }
    var time = context.time();
    return new Explaining(
            following.table(), following.wallNanos(), following.isPartitioned(time.nanoTime()))
        .explain(question);
  }

  private void addNames(Map<String, Object> status, StoreFollower following) {
    var service = names;
    var listening = sockets;
    if (service != null) {
      status.put("translated-sessions", following.table().sessions());
      status.put("names-answered", service.answered());
      status.put("names-failed", service.failed());
    }
    addLogs(status);
    if (listening != null) {
      status.put("name-server", listening.listening());
      status.put("names-refused", listening.refused());
    }
  }

  private void addLogs(Map<String, Object> status) {
    var trail = audit;
    var remembering = flows;
    if (trail != null) {
      status.put("audit-log-version", Math.max(0, trail.version()));
      status.put("changes", trail.counts());
    }
    if (remembering != null) {
      remembering.addTo(status);
    }
    logProblem().ifPresent(problem -> status.put("log-problem", problem));
  }

  private long sum(Traffic.Counter counter) {
    return shards.stream().mapToLong(shard -> shard.traffic().of(counter)).sum();
  }

  private long prohibited() {
    long total = 0;
    for (var verdict : Verdict.values()) {
      total += verdict.reply() == Verdict.Reply.PROHIBITED ? sum(verdict) : 0;
    }
    return total;
  }

  private long sum(Verdict verdict) {
    return shards.stream().mapToLong(shard -> shard.traffic().of(verdict)).sum();
  }

  private Map<String, Object> refusals() {
    var refusals = new LinkedHashMap<String, Object>();
    for (var verdict : Verdict.values()) {
      long packets = sum(verdict);
      if (packets > 0) {
        refusals.put(verdict.label(), packets);
      }
    }
    return refusals;
  }
}
