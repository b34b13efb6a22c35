package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Octets;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The address translation of one client: between the proxy addresses it was given for names of the
 * DNS and the real ones. Kept from one policy of the client to the next. Translations are read by
 * any thread; the two directions of a client's packets may run on different shards, so sessions are
 * guarded by a flag that is held for one packet at most.
 */
public final class ClientNat {

  /** The most proxy addresses a client can have in use. */
  public static final int MOST_TRANSLATIONS = 16_384;

  private static final VarHandle BUSY;

  static {
    try {
      BUSY = MethodHandles.lookup().findVarHandle(ClientNat.class, "busy", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final int CONTROL_PER_SECOND = 20;

  private final NatSessions sessions;
  private final TokenBucket control = new TokenBucket(CONTROL_PER_SECOND, 0);
  private volatile Translations translations = Translations.NONE;
  private boolean busy;

  /** What became of a packet. */
  public enum Outcome {
    /** It has its new addresses; look at it anew. */
    TRANSLATED,
    /** It belongs to no session and was left alone. */
    UNKNOWN,
    /** It belongs to a session that has ended. */
    EXPIRED,
    /** The name has no address of this family. */
    UNREACHABLE,
    /** It is neither TCP nor UDP nor an echo, or an error of a kind that is not translated. */
    UNSUPPORTED,
    /** The client has too many sessions. */
    FULL
  }

  /**
   * No translations yet.
   *
   * @param salt a secret of the gateway
   */
  public ClientNat(long salt) {
    sessions = new NatSessions(salt);
  }

  /** What stands behind the client's proxy addresses. Any thread. */
  public Translations translations() {
    return translations;
  }

  /** Whether one more control message of the client is looked at. The shard of its peer. */
  public boolean takesControl(long nowNanos) {
    return control.tryTake(nowNanos);
  }

  /** How many sessions there are; a rough figure on other threads than the client's. */
  public int sessions() {
    return sessions.live();
  }

  /**
   * Lets proxy addresses stand for a name. Each of them gets the next real address of its own
   * family, both sorted and the latter again from the start when they run out. Sessions keep the
   * real addresses they have. If one of the proxy addresses stood for another name, everything the
   * client had is forgotten first: it has started anew. One thread at a time.
   *
   * @param members the resources that cover the name; added to those known for the same name
   * @param resolved the name's real addresses
   * @param proxies the proxy addresses
   * @return false if the client has too many
   */
  public boolean setUp(
      String domain,
      List<Translation.Member> members,
      Collection<IpAddress> resolved,
      Collection<IpAddress> proxies) {
    var known = new TreeMap<IpAddress, Translation>();
    translations.all().forEach(each -> known.put(each.proxy(), each));
    if (proxies.stream().anyMatch(proxy -> isForeign(known.get(proxy), domain))) {
      forget();
      known.clear();
    }
    pair(domain, members, resolved, proxies, known, IpAddress::isV4);
    pair(domain, members, resolved, proxies, known, address -> !address.isV4());
    if (known.size() > MOST_TRANSLATIONS) {
      return false;
    }
    translations = new Translations(known.values());
    return true;
  }

  private static boolean isForeign(@Nullable Translation known, String domain) {
    return known != null && !known.domain().equals(domain);
  }

  private static void pair(
      String domain,
      List<Translation.Member> members,
      Collection<IpAddress> resolved,
      Collection<IpAddress> proxies,
      Map<IpAddress, Translation> known,
      Predicate<IpAddress> family) {
    var real = resolved.stream().filter(family).distinct().sorted().toList();
    int next = 0;
    for (var proxy : proxies.stream().filter(family).distinct().sorted().toList()) {
      var all = new ArrayList<Translation.Member>();
      var before = known.get(proxy);
      if (before != null) {
        before.members().stream()
            .filter(
                old -> members.stream().noneMatch(each -> each.resource().equals(old.resource())))
            .forEach(all::add);
      }
      all.addAll(members);
      var target = real.isEmpty() ? null : real.get(next++ % real.size());
      known.put(proxy, new Translation(domain, proxy, target, all));
    }
  }

  /** Forgets everything, as when the client has said goodbye. */
  public void forget() {
    translations = Translations.NONE;
    enter();
    try {
      sessions.clear();
    } finally {
      leave();
    }
  }

  private void enter() {
    while (!BUSY.compareAndSet(this, false, true)) {
      // The other direction's packet takes no longer than this one.
    }
  }

  private void leave() {
    BUSY.setRelease(this, false);
  }

  /**
   * Sends a packet of the client on to the real address. Not for fragments.
   *
   * @param packet a packet to the proxy address; changed in place
   * @param translation what stands behind that address
   * @param now the monotonic clock in nanoseconds
   */
  public Outcome outward(IpPacket packet, Translation translation, long now) {
    int protocol = packet.protocol();
    boolean tcp = protocol == IpPacket.TCP;
    if (!tcp && protocol != IpPacket.UDP && !packet.isEchoRequest()) {
      return Outcome.UNSUPPORTED;
    }
    int flags = tcp ? packet.tcpFlags() : 0;
    int port = packet.sourcePort();
    enter();
    try {
      var proxy = translation.proxy();
      int slot = sessions.findInside(protocol, port, proxy.high(), proxy.low(), now);
      if (slot >= 0 && isOpening(flags) && sessions.isClosed(slot)) {
        sessions.expire(slot);
        slot = -1;
      }
      if (slot < 0) {
        var real = translation.real();
        if (real == null) {
          return Outcome.UNREACHABLE;
        }
        slot = sessions.open(protocol, port, translation, real.high(), real.low(), now);
        if (slot < 0) {
          return Outcome.FULL;
        }
      }
      sessions.sent(slot, now, (flags & IpPacket.FIN) != 0);
      Rewriting.outward(
          packet,
          sessions.realHigh(slot),
          sessions.realLow(slot),
          sessions.outsidePort(slot),
          false);
      if ((flags & IpPacket.RST) != 0) {
        sessions.expire(slot);
      }
      return Outcome.TRANSLATED;
    } finally {
      leave();
    }
  }

  private static boolean isOpening(int flags) {
    return (flags & (IpPacket.SYN | IpPacket.ACK)) == IpPacket.SYN;
  }

  /**
   * Brings a packet from a real address back to the proxy address it belongs to. An ICMP error is
   * told by the packet it quotes.
   *
   * @param packet a packet to the client; changed in place
   * @param train whether it is a train, whose transport checksum is open
   * @param now the monotonic clock in nanoseconds
   */
  public Outcome inward(IpPacket packet, boolean train, long now) {
    if (translations.size() == 0 || packet.isFragment()) {
      return Outcome.UNKNOWN;
    }
    enter();
    try {
      return packet.isIcmpError() ? error(packet, now) : answer(packet, train, now);
    } finally {
      leave();
    }
  }

  private Outcome answer(IpPacket packet, boolean train, long now) {
    int protocol = packet.protocol();
    boolean tcp = protocol == IpPacket.TCP;
    if (!tcp && protocol != IpPacket.UDP && !packet.isEchoReply()) {
      return Outcome.UNKNOWN;
    }
    int slot =
        sessions.findOutside(
            protocol, packet.destinationPort(), packet.sourceHigh(), packet.sourceLow(), now);
    if (slot < 0) {
      return Outcome.UNKNOWN;
    }
    if (!sessions.isLive(slot)) {
      return Outcome.EXPIRED;
    }
    int flags = tcp ? packet.tcpFlags() : 0;
    sessions.received(slot, now, (flags & IpPacket.FIN) != 0);
    Rewriting.inward(
        packet,
        sessions.proxyHigh(slot),
        sessions.proxyLow(slot),
        sessions.insidePort(slot),
        train);
    if ((flags & IpPacket.RST) != 0) {
      sessions.expire(slot);
    }
    return Outcome.TRANSLATED;
  }

  private Outcome error(IpPacket packet, long now) {
    var slab = packet.slab();
    boolean v4 = packet.version() == 4;
    long quoted = packet.offset() + packet.headerLength() + 8L;
    long left = packet.offset() + packet.length() - quoted;
    if (left < (v4 ? 20 : 40) || Octets.u8(slab, quoted) >>> 4 != packet.version()) {
      return Outcome.UNKNOWN;
    }
    int header = v4 ? (Octets.u8(slab, quoted) & 0xf) * 4 : 40;
    int protocol = Octets.u8(slab, quoted + (v4 ? 9 : 6));
    boolean later = v4 && (Octets.u16(slab, quoted + 6) & 0x1fff) != 0;
    if (header < 20 || left < header + 8 || later) {
      return Outcome.UNKNOWN;
    }
    long transport = quoted + header;
    boolean echo = protocol == (v4 ? IpPacket.ICMP : IpPacket.ICMP_V6);
    if (protocol != IpPacket.TCP && protocol != IpPacket.UDP && !echo) {
      return Outcome.UNKNOWN;
    }
    int port = Octets.u16(slab, transport + (echo ? 4 : 0));
    long high = v4 ? 0 : Octets.u64(slab, quoted + 24);
    long low =
        v4
            ? IpPacket.MAPPED | (Octets.u32(slab, quoted + 16) & 0xffff_ffffL)
            : Octets.u64(slab, quoted + 32);
    int slot = sessions.findOutside(protocol, port, high, low, now);
    if (slot < 0 || !packet.quotesPacketOfDestination()) {
      return Outcome.UNKNOWN;
    }
    if (!sessions.isLive(slot)) {
      return Outcome.EXPIRED;
    }
    int type = packet.icmpType();
    boolean carried = v4 ? type == 3 || type == 11 : type >= 1 && type <= 3;
    if (!carried) {
      return Outcome.UNSUPPORTED;
    }
    Rewriting.error(
        packet,
        quoted,
        transport,
        protocol,
        sessions.proxyHigh(slot),
        sessions.proxyLow(slot),
        sessions.insidePort(slot));
    return Outcome.TRANSLATED;
  }
}
