package dev.gatehouse.gateway.core;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.gateway.PolicyConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What a gateway must do, told without saying how: it knows the store as it was when it last
 * looked; it looks at every notification it hears and every refresh; once a second it reads the
 * wall clock; what it saw expire stays expired. Connections do not occur.
 */
public final class Reference {

  private static final long SECOND = 1_000_000_000L;

  private final long refresh;
  private final long budget;
  private final TimeSource clock;

  private long now;
  private Instant wall;
  private long nextLook;
  private long nextTick;
  private long lastHeard;
  private long readingNanos;
  private Instant readingWall;
  private StoreSnapshot known = new StoreSnapshot(-1, List.of(), List.of(), List.of());
  private final Set<Authorization> seenExpired = new HashSet<>();
  private Set<String> peers = Set.of();

  /** A gateway about to start at the present time of the clock. */
  public Reference(PolicyConfig config, TimeSource clock) {
    this.clock = clock;
    refresh = config.refresh().toNanos();
    budget = config.partitionBudget().toNanos();
    now = clock.nanoTime();
    wall = clock.now();
    readingNanos = now;
    readingWall = wall;
    lastHeard = now;
    nextLook = now + refresh;
    nextTick = now + SECOND;
  }

  /** It has started, and looked at the store for the first time. */
  public void started(StoreSnapshot store, boolean reachable) {
    looked(store, reachable, true);
  }

  /** It looks at the store. */
  public void looked(StoreSnapshot store, boolean reachable, boolean tunnelAccepts) {
    if (reachable) {
      known = store;
      lastHeard = now;
      seenExpired.retainAll(store.authorizations());
    }
    noticeExpired();
    if (known.version() >= 0) {
      var wanted = known.clients().stream().map(Reference::peer).collect(Collectors.toSet());
      if (!tunnelAccepts) {
        wanted.retainAll(peers);
      }
      peers = wanted;
    }
  }

  private void noticeExpired() {
    for (var authorization : known.authorizations()) {
      if (!authorization.isActiveAt(wall)) {
        seenExpired.add(authorization);
      }
    }
  }

  /** Time passes, with looks and ticks at their moments. */
  public void advancing(
      Duration by, StoreSnapshot store, boolean reachable, boolean tunnelAccepts) {
    long end = now + by.toNanos();
    while (Math.min(nextLook, nextTick) <= end) {
      pass(Math.min(nextLook, nextTick));
      if (nextTick == now) {
        nextTick += SECOND;
        readingNanos = now;
        readingWall = wall;
        noticeExpired();
      }
      if (nextLook == now) {
        nextLook += refresh;
        looked(store, reachable, tunnelAccepts);
      }
    }
    pass(end);
  }

  private void pass(long to) {
    wall = wall.plusNanos(to - now);
    now = to;
  }

  /** Someone set the wall clock. */
  public void jumped(Instant to) {
    wall = to;
  }

  /**
   * How long until something changes by itself.
   *
   * @param kind 0 for the end of the partition budget, 1 for the next look, 2 for the next reading
   *     of the wall clock, otherwise the next expiry
   */
  public Duration untilSomethingIsDue(int kind) {
    return switch (kind) {
      case 0 -> Duration.ofNanos(lastHeard + budget - now);
      case 1 -> Duration.ofNanos(nextLook - now);
      case 2 -> Duration.ofNanos(nextTick - now);
      default ->
          known.authorizations().stream()
              .flatMap(authorization -> authorization.expiresAt().stream())
              .map(moment -> Duration.between(seenWall(), moment))
              .filter(Duration::isPositive)
              .min(Duration::compareTo)
              .orElse(Duration.ZERO);
    };
  }

  private Instant seenWall() {
    return readingWall.plusNanos(now - readingNanos);
  }

  /** Whether the model has kept its time. */
  public boolean inStepWith(TimeSource time) {
    return time.nanoTime() == now && time.now().equals(wall) && time.equals(clock);
  }

  private static String peer(Client client) {
    return client.id() + " " + client.publicKey();
  }

  /** Whether these are the peers there must be. */
  public boolean peersMatch(Collection<PeerSettings> actual) {
    return actual.stream()
        .map(settings -> settings.client() + " " + settings.publicKey())
        .collect(Collectors.toSet())
        .equals(peers);
  }

  /** The addresses of a client as the gateway knows it. */
  public List<IpAddress> addressesOf(ClientId id) {
    return client(id).map(client -> client.addresses().all()).orElseThrow();
  }

  private Optional<Client> client(ClientId id) {
    return known.clients().stream().filter(client -> client.id().equals(id)).findFirst();
  }

  /** The verdict on a packet of a client. */
  public String fromClient(ClientId sender, byte[] packet) {
    return Oracle.fromClient(world(), client(sender), Oracle.read(packet)).verdict().name();
  }

  /** The verdict on a packet from the device. */
  public String toClient(byte[] packet) {
    return Oracle.toClient(world(), Oracle.read(packet)).verdict().name();
  }

  private Oracle.World world() {
    var resources = new TreeMap<ResourceId, Resource>();
    known.resources().forEach(resource -> resources.put(resource.id(), resource));
    var held =
        known.authorizations().stream()
            .filter(authorization -> !seenExpired.contains(authorization))
            .toList();
    return new Oracle.World(
        Worlds.GATEWAY,
        Worlds.NETWORKS,
        known.clients(),
        resources,
        held,
        seenWall(),
        now - lastHeard > budget);
  }

  @Override
  public String toString() {
    return world().toString();
  }
}
