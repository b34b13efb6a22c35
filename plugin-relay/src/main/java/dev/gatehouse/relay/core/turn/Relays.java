package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.turn.Allocation.Permission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The allocations of one server with their channels and permissions, and how they end. */
final class Relays {

  /** For how long number and peer of a channel stay together after its end (RFC 8656, 12.2). */
  static final long CHANNEL_KEPT = 300_000_000_000L;

  private static final long SECOND = 1_000_000_000L;

  /** How often dead channels and permissions are cleared away, in seconds. */
  private static final int SWEEP = 30;

  private static final int WHEEL = 64;

  private final TurnGroup group;
  private final int server;
  private final RelayOutput output;

  final KeyTable<Allocation> clients;
  final KeyTable<Channel> byClient;
  final KeyTable<Channel> byPeer;
  final KeyTable<Permission> permissions;
  private final KeyTable<Allocation> byId;

  private @Nullable Allocation[] slots = new @Nullable Allocation[64];
  private int[] freeSlots = new int[64];
  private int freeCount;
  private int slotCount;
  private long nextId;
  private int alive;

  private final List<List<Allocation>> wheel = new ArrayList<>();
  private long wheelSecond;

  Relays(TurnGroup group, int server, RelayOutput output, long seed) {
    this.group = group;
    this.server = server;
    this.output = output;
    clients = new KeyTable<>(seed);
    byClient = new KeyTable<>(seed + 1);
    byPeer = new KeyTable<>(seed + 2);
    permissions = new KeyTable<>(seed + 3);
    byId = new KeyTable<>(seed + 4);
    for (int i = 0; i < WHEEL; i++) {
      wheel.add(new ArrayList<>());
    }
  }

  static long clientKey(int port, int link, int channel) {
    return (long) link << 32 | (long) port << 16 | channel;
  }

  static long peerKey(int relay, int port) {
    return (long) relay << 16 | port;
  }

  int alive() {
    return alive;
  }

  /** The allocation of a client, open or being opened; one that is over ends now. */
  @Nullable Allocation find(long high, long low, int port, int link, long now) {
    var allocation = clients.get(high, low, clientKey(port, link, 0));
    if (allocation != null && allocation.opening == null && now - allocation.expiresAt >= 0) {
      end(allocation, now);
      return null;
    }
    return allocation;
  }

  @Nullable Allocation bySlot(int index) {
    return index >= 0 && index < slotCount ? slots[index] : null;
  }

  /** The allocation with an id, or null if it ended. */
  @Nullable Allocation byId(long id) {
    return byId.get(id, 0, 0);
  }

  /** The identity the next allocation will have. */
  Users.Held nextHeld() {
    return new Users.Held(server, nextId);
  }

  /** Adds an allocation without port or sockets. */
  Allocation add(
      TurnClient client,
      Grant grant,
      Users.User user,
      Opening opening,
      Rate requests,
      Rate challenges) {
    int index = freeCount > 0 ? freeSlots[--freeCount] : slotCount++;
    if (index >= slots.length) {
      slots = Arrays.copyOf(slots, 2 * slots.length);
    }
    var allocation =
        new Allocation(client, nextId++, index, grant, user, opening, requests, challenges);
    slots[index] = allocation;
    byId.put(allocation.id, 0, 0, allocation);
    clients.put(
        client.high(), client.low(), clientKey(client.port(), client.link(), 0), allocation);
    alive++;
    return allocation;
  }

  /** Ends an allocation: gives back everything it holds. */
  void end(Allocation allocation, long now) {
    var client = allocation.client;
    if (slots[allocation.index] != allocation) {
      return;
    }
    for (var channel : allocation.channels) {
      forget(channel);
    }
    for (var permission : allocation.permissions) {
      permissions.remove(permission.high, permission.low, allocation.index);
    }
    var opening = allocation.opening;
    int sockets = opening == null ? allocation.families : opening.pending | opening.opened;
    close(allocation, sockets);
    clients.remove(client.high(), client.low(), clientKey(client.port(), client.link(), 0));
    slots[allocation.index] = null;
    byId.remove(allocation.id, 0, 0);
    if (freeCount == freeSlots.length) {
      freeSlots = Arrays.copyOf(freeSlots, 2 * freeCount);
    }
    freeSlots[freeCount++] = allocation.index;
    alive--;
    if (allocation.port != 0) {
      group.giveBack(allocation.port, now);
      if (opening != null && opening.reserve) {
        group.giveBack(allocation.port + 1, now);
      }
    }
    group.reservations().end(reservationOwner(allocation), now);
    group.users().release(allocation.user, new Users.Held(server, allocation.id));
  }

  /** What reservations of an allocation are kept under. */
  long reservationOwner(Allocation allocation) {
    return (long) server << 48 | allocation.id;
  }

  void close(Allocation allocation, int families) {
    if ((families & AllocateWish.V4) != 0) {
      output.closeRelay(allocation.relay(false));
    }
    if ((families & AllocateWish.V6) != 0) {
      output.closeRelay(allocation.relay(true));
    }
  }

  /** Ends one family of an allocation that has both. */
  void endFamily(Allocation allocation, boolean v6) {
    int family = v6 ? AllocateWish.V6 : AllocateWish.V4;
    allocation.families &= ~family;
    close(allocation, family);
    allocation.channels.removeIf(channel -> isV6(channel.relay()) == v6 && forget(channel));
    allocation.permissions.removeIf(permission ->
        isV4(permission.high, permission.low) != v6 && forget(allocation, permission));
  }

  static boolean isV6(int relay) {
    return (relay & 1) != 0;
  }

  static boolean isV4(long high, long low) {
    return high == 0 && low >>> 32 == 0xffffL;
  }

  boolean forget(Channel channel) {
    var client = channel.client();
    byClient.remove(
        client.high(), client.low(), clientKey(client.port(), client.link(), channel.number()));
    byPeer.remove(
        channel.peerHigh(), channel.peerLow(), peerKey(channel.relay(), channel.peerPort()));
    return true;
  }

  boolean forget(Allocation allocation, Permission permission) {
    permissions.remove(permission.high, permission.low, allocation.index);
    return true;
  }

  void bind(Channel channel) {
    var client = channel.client();
    byClient.put(
        client.high(),
        client.low(),
        clientKey(client.port(), client.link(), channel.number()),
        channel);
    byPeer.put(
        channel.peerHigh(),
        channel.peerLow(),
        peerKey(channel.relay(), channel.peerPort()),
        channel);
    channel.allocation.channels.add(channel);
  }

  /** Installs or refreshes a permission. */
  void permit(Allocation allocation, long high, long low, long until) {
    var permission = permissions.get(high, low, allocation.index);
    if (permission == null) {
      permission = new Permission(high, low);
      permissions.put(high, low, allocation.index, permission);
      allocation.permissions.add(permission);
    }
    permission.until = until;
  }

  /** Whether there is a permission, living or not yet cleared away. */
  boolean isKnown(Allocation allocation, long high, long low) {
    return permissions.get(high, low, allocation.index) != null;
  }

  boolean isPermitted(Allocation allocation, long high, long low, long now) {
    var permission = permissions.get(high, low, allocation.index);
    return permission != null && now - permission.until < 0;
  }

  /** Clears away what is over within an allocation. */
  void sweep(Allocation allocation, long now) {
    allocation.channels.removeIf(channel -> now - channel.keptUntil >= 0 && forget(channel));
    allocation.permissions.removeIf(
        permission -> now - permission.until >= 0 && forget(allocation, permission));
  }

  /** Ends what a policy denies. */
  void apply(PeerPolicy policy, TurnSettings settings) {
    for (int i = 0; i < slotCount; i++) {
      var allocation = slots[i];
      if (allocation != null) {
        allocation.channels.removeIf(channel ->
            denied(policy, settings, channel.peerHigh(), channel.peerLow()) && forget(channel));
        allocation.permissions.removeIf(permission ->
            denied(policy, settings, permission.high, permission.low)
                && forget(allocation, permission));
      }
    }
  }

  private static boolean denied(PeerPolicy policy, TurnSettings settings, long high, long low) {
    return !settings.isRelayAddress(high, low) && !policy.allows(high, low);
  }

  void endAll(long now) {
    for (int i = 0; i < slotCount; i++) {
      var allocation = slots[i];
      if (allocation != null) {
        end(allocation, now);
      }
    }
  }

  void start(long now) {
    wheelSecond = Math.floorDiv(now, SECOND);
  }

  /** Has the wheel look at an allocation not later than a second after its end. */
  void schedule(Allocation allocation) {
    long end = Math.floorDiv(allocation.expiresAt - 1, SECOND) + 1;
    long at = Math.min(end, wheelSecond + SWEEP);
    at = Math.max(at, wheelSecond + 1);
    if (allocation.checkAt > wheelSecond && allocation.checkAt <= at) {
      return;
    }
    allocation.checkAt = at;
    wheel.get((int) Math.floorMod(at, (long) WHEEL)).add(allocation);
  }

  /** Turns the wheel. */
  void turn(long now) {
    long second = Math.floorDiv(now, SECOND);
    if (second - wheelSecond > WHEEL) {
      wheelSecond = second - WHEEL;
    }
    while (wheelSecond < second) {
      wheelSecond++;
      var due = wheel.get((int) Math.floorMod(wheelSecond, (long) WHEEL));
      if (!due.isEmpty()) {
        var dueNow = new ArrayList<>(due);
        due.clear();
        for (var allocation : dueNow) {
          check(allocation, now);
        }
      }
    }
  }

  private void check(Allocation allocation, long now) {
    if (slots[allocation.index] != allocation || allocation.checkAt > wheelSecond) {
      return;
    }
    if (now - allocation.expiresAt >= 0) {
      end(allocation, now);
      return;
    }
    sweep(allocation, now);
    allocation.checkAt = Long.MIN_VALUE;
    schedule(allocation);
  }

  /** When the wheel turns next, in nanoseconds, or {@link Long#MAX_VALUE} if nothing is on it. */
  long nextTurn() {
    return alive == 0 ? Long.MAX_VALUE : (wheelSecond + 1) * SECOND;
  }
}
