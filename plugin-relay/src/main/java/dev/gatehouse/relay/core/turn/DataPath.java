package dev.gatehouse.relay.core.turn;

import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.relay.core.stun.Embedded;
import dev.gatehouse.relay.core.stun.Stun;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Decides where payload goes, and keeps the decision in fields. Allocates nothing. */
final class DataPath {

  private static final int CHANNEL_HEADER = 4;

  /** The longest payload that fits a datagram with ChannelData's header. */
  private static final int LONGEST = 65_503;

  /** The longest datagram, and so the longest indication. */
  private static final int LONGEST_DATAGRAM = 65_507;

  private static final int PREFIX_V4 = 36;

  private final TurnGroup group;
  private final int server;
  private final Relays relays;
  private final TurnCounters counters;
  private final boolean strict;
  private final boolean dontFragmentServed;
  private final @Nullable Rate total;
  private final long seed;
  private long indications;

  long payloadOffset;
  int payloadLength;
  int relay;
  long peerHigh;
  long peerLow;
  int peerPort;
  boolean dontFragment;
  int padding;
  int channelHeader;
  int sibling;
  @Nullable Channel channel;
  @Nullable TurnClient client;

  DataPath(TurnGroup group, int server, Relays relays, TurnCounters counters, long seed) {
    this.group = group;
    this.server = server;
    this.relays = relays;
    this.counters = counters;
    this.seed = seed;
    var compatibility = group.settings().compatibility();
    strict = compatibility.strictPermissions();
    dontFragmentServed = compatibility.dontFragment();
    total = group.bandwidth();
  }

  /** ChannelData of a client. */
  int channelData(
      long high, long low, int port, int link, int first, long offset, int length, long now) {
    var bound = relays.byClient.get(high, low, Relays.clientKey(port, link, first >>> 16));
    int payload = first & 0xffff;
    int surplus = length - CHANNEL_HEADER - payload;
    if (surplus < 0 || surplus > 3) {
      return drop(TurnDrop.MALFORMED);
    }
    if (bound == null || now - bound.boundUntil >= 0 || now - bound.allocation.expiresAt >= 0) {
      return drop(TurnDrop.UNKNOWN_CHANNEL);
    }
    channel = bound;
    payloadOffset = offset + CHANNEL_HEADER;
    payloadLength = payload;
    dontFragment = false;
    peerHigh = bound.peerHigh();
    peerLow = bound.peerLow();
    peerPort = bound.peerPort();
    return toPeer(bound.allocation, bound.relay(), bound.inside, now);
  }

  /**
   * A Send indication.
   *
   * @param offset where the message starts in the slab; the copy that was read starts at 0
   */
  int send(Request request, long offset) {
    var message = request.message;
    var allocation =
        relays.find(request.high, request.low, request.port, request.link, request.now);
    if (allocation == null || allocation.opening != null) {
      return drop(TurnDrop.UNKNOWN_CHANNEL);
    }
    int place = message.find(Stun.XOR_PEER_ADDRESS);
    int data = message.find(Stun.DATA);
    dontFragment = message.has(Stun.DONT_FRAGMENT);
    if (place < 0
        || data < 0
        || message.hasUnknown()
        || (dontFragment && !dontFragmentServed)
        || !message.xorAddress(place)
        || message.port() == 0) {
      return drop(TurnDrop.MALFORMED);
    }
    peerHigh = message.high();
    peerLow = message.low();
    peerPort = message.port();
    boolean v4 = message.family() == Stun.IPV4;
    if ((!v4 && Embedded.isMapped(peerHigh, peerLow))
        || !allocation.has(v4 ? AllocateWish.V4 : AllocateWish.V6)
        || !relays.isPermitted(allocation, peerHigh, peerLow, request.now)) {
      return drop(TurnDrop.NO_PERMISSION);
    }
    boolean inside = group.isInside(peerHigh, peerLow, peerPort);
    if (!inside
        && group.settings().isRelayAddress(peerHigh, peerLow)
        && !group.policy().localPeers()) {
      return drop(TurnDrop.DENIED_PEER);
    }
    channel = null;
    payloadOffset = offset + data;
    payloadLength = message.lengthAt(data);
    return toPeer(allocation, allocation.relay(!v4), inside, request.now);
  }

  private int toPeer(Allocation allocation, int from, boolean inside, long now) {
    if (!affords(allocation, now)) {
      return drop(TurnDrop.BANDWIDTH);
    }
    relay = from;
    client = null;
    counters.toPeerPackets++;
    counters.toPeerBytes += payloadLength;
    return inside ? hairpin(allocation, from, now) : TurnServer.TO_PEER;
  }

  /** To a relayed address of this relay: past the network, and as if from the sender's own. */
  private int hairpin(Allocation from, int fromRelay, long now) {
    long owner = group.owner(peerPort);
    if (owner == 0) {
      return drop(TurnDrop.NO_SUCH_RELAY);
    }
    int target = 2 * (int) owner + (fromRelay & 1);
    var settings = group.settings();
    var own = Relays.isV6(fromRelay) ? settings.addressV6() : settings.addressV4();
    if (own == null) {
      return drop(TurnDrop.NO_SUCH_RELAY);
    }
    long high = own.high();
    long low = own.low();
    int port = from.port;
    int at = group.ownerServer(owner);
    if (at != server) {
      sibling = at;
      relay = target;
      peerHigh = high;
      peerLow = low;
      peerPort = port;
      return TurnServer.TO_SIBLING;
    }
    return toClient(target, high, low, port, payloadLength, now);
  }

  /** From the network to a relayed socket. */
  int fromPeer(int to, long high, long low, int port, int length, long now) {
    if (group.settings().isRelayAddress(high, low)
        && (group.ports().covers(port) || !group.policy().localPeers())) {
      return drop(TurnDrop.BAD_SOURCE);
    }
    return toClient(to, high, low, port, length, now);
  }

  int toClient(int to, long high, long low, int port, int length, long now) {
    payloadLength = length;
    peerHigh = high;
    peerLow = low;
    peerPort = port;
    relay = to;
    if (length > LONGEST) {
      return drop(TurnDrop.MALFORMED);
    }
    var bound = relays.byPeer.get(high, low, Relays.peerKey(to, port));
    if (bound != null && flows(bound, now)) {
      channel = bound;
      client = bound.client();
      padding = TurnClient.isStream(client.link()) ? -length & 3 : 0;
      channelHeader = bound.number() << 16 | length;
      return counted(bound.allocation, TurnServer.TO_CLIENT, now);
    }
    var allocation = relays.bySlot(to >> 1);
    if (allocation == null
        || allocation.opening != null
        || now - allocation.expiresAt >= 0
        || !allocation.has(Relays.isV6(to) ? AllocateWish.V6 : AllocateWish.V4)) {
      return drop(TurnDrop.NO_SUCH_RELAY);
    }
    if (!relays.isPermitted(allocation, high, low, now)) {
      return drop(TurnDrop.NO_PERMISSION);
    }
    channel = null;
    client = allocation.client;
    padding = -length & 3;
    if (prefix() + length + padding > LONGEST_DATAGRAM) {
      return drop(TurnDrop.MALFORMED);
    }
    return counted(allocation, TurnServer.TO_CLIENT_IN_INDICATION, now);
  }

  private boolean flows(Channel bound, long now) {
    return now - bound.boundUntil < 0
        && now - bound.allocation.expiresAt < 0
        && (!strict
            || relays.isPermitted(bound.allocation, bound.peerHigh(), bound.peerLow(), now));
  }

  private int counted(Allocation allocation, int verdict, long now) {
    if (!affords(allocation, now)) {
      return drop(TurnDrop.BANDWIDTH);
    }
    counters.toClientPackets++;
    counters.toClientBytes += payloadLength;
    return verdict;
  }

  private boolean affords(Allocation allocation, long now) {
    var own = allocation.user.bandwidth;
    return (own == null || own.take(payloadLength, now))
        && (total == null || total.take(payloadLength, now));
  }

  private int drop(TurnDrop reason) {
    counters.drop(reason);
    client = null;
    return TurnServer.DONE;
  }

  private int prefix() {
    return Relays.isV4(peerHigh, peerLow) ? PREFIX_V4 : TurnServer.LONGEST_PREFIX;
  }

  /** Writes a Data indication up to its payload. */
  int writePrefix(MemorySegment to, long at) {
    int prefix = prefix();
    boolean v4 = prefix == PREFIX_V4;
    long transactionHigh = Mixing.mix(seed, ++indications, 1, 0);
    int transactionLow = (int) Mixing.mix(seed, indications, 2, 0);
    Octets.u16(to, at, Stun.type(Stun.DATA_METHOD, Stun.INDICATION));
    Octets.u16(to, at + 2, prefix - Stun.HEADER + payloadLength + padding);
    Octets.u32(to, at + 4, Stun.COOKIE);
    Octets.u64(to, at + 8, transactionHigh);
    Octets.u32(to, at + 16, transactionLow);
    Octets.u16(to, at + 20, Stun.XOR_PEER_ADDRESS);
    Octets.u16(to, at + 22, v4 ? 8 : 20);
    Octets.u16(to, at + 24, v4 ? Stun.IPV4 : Stun.IPV6);
    Octets.u16(to, at + 26, peerPort ^ (Stun.COOKIE >>> 16));
    if (v4) {
      Octets.u32(to, at + 28, (int) peerLow ^ Stun.COOKIE);
    } else {
      Octets.u64(to, at + 28, peerHigh ^ Octets.u64(to, at + 4));
      Octets.u64(to, at + 36, peerLow ^ Octets.u64(to, at + 12));
    }
    Octets.u16(to, at + prefix - 4, Stun.DATA);
    Octets.u16(to, at + prefix - 2, payloadLength);
    return prefix;
  }
}
