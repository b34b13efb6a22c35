package dev.gatehouse.relay.core.turn;

import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.relay.core.stun.Integrity;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's TURN server (RFC 8489, RFC 8656), without sockets or clocks. One thread. Every
 * datagram or frame goes in by {@link #fromClient}, {@link #fromPeer} or {@link #fromSibling}; the
 * verdict says what to do with its payload, and the accessors, valid until the next call, say how.
 * Answers to requests leave by {@link RelayOutput} meanwhile. No input makes it throw.
 *
 * <p>Times are {@code nanoTime}'s: from an arbitrary origin, never going backwards, and the same
 * for all servers of a group.
 */
public final class TurnServer {

  /** Nothing is left to do: it was answered, or dropped and counted. */
  public static final int DONE = 0;

  /**
   * Send the payload ({@link #payloadOffset()}, {@link #payloadLength()}) from {@link #relay()} to
   * {@link #peerHigh()}, {@link #peerLow()}, {@link #peerPort()}.
   */
  public static final int TO_PEER = 1;

  /**
   * Send {@link #channelHeader()}, the payload and {@link #padding()} zero bytes to {@link
   * #client()}, as one datagram or frame.
   */
  public static final int TO_CLIENT = 2;

  /**
   * Send what {@link #writePrefix} writes, the payload and {@link #padding()} zero bytes to {@link
   * #client()}, as one datagram or frame.
   */
  public static final int TO_CLIENT_IN_INDICATION = 3;

  /**
   * Copy the payload to the server numbered {@link #sibling()} and give it to its {@link
   * #fromSibling} with {@link #relay()}, {@link #peerHigh()}, {@link #peerLow()} and {@link
   * #peerPort()}.
   */
  public static final int TO_SIBLING = 4;

  /** The most {@link #writePrefix} writes. */
  public static final int LONGEST_PREFIX = 48;

  private static final int NARROW_TOP = 0x4f;
  private static final int WIDE_TOP = 0x7f;

  /** No request is longer; only indications carry much. */
  private static final int LONGEST_REQUEST = 2048;

  private static final int LONGEST = 65_555;
  private static final long SECOND = 1_000_000_000L;

  private final TurnGroup group;
  private final int number;
  private final RelayOutput output;
  private final RandomGenerator random;
  private final TurnCounters counters = new TurnCounters();
  private final Relays relays;
  private final Request request = new Request();
  private final byte[] copy = new byte[LONGEST];
  private final int widestTop;
  private final SourceGate gate;
  private @Nullable Parts parts;
  private long tickNanos;
  private long tickSeconds;

  /** What exists since the time is known. */
  private record Parts(DataPath data, Requests requests, Allocates allocates) {}

  TurnServer(TurnGroup group, int number, RelayOutput output, RandomGenerator random) {
    this.group = group;
    this.number = number;
    this.output = output;
    this.random = random;
    var settings = group.settings();
    relays = new Relays(group, number, output, random.nextLong());
    gate = new SourceGate(settings.sourceLimits(), random.nextLong(), counters);
    widestTop = settings.compatibility().wideChannels() ? WIDE_TOP : NARROW_TOP;
  }

  private Parts start(long nowNanos) {
    var settings = group.settings();
    var integrity = new Integrity();
    var nonces = group.nonces(nowNanos);
    var answers = new Answers(settings, output, counters, nonces, integrity);
    var authenticator = new Authenticator(settings, answers, nonces, integrity, gate, counters);
    var allocates = new Allocates(group, number, relays, answers, output, random, counters);
    var requests = new Requests(group, relays, answers, authenticator, allocates, gate, counters);
    gate.start(nowNanos);
    relays.start(nowNanos);
    return new Parts(
        new DataPath(group, number, relays, counters, random.nextLong()), requests, allocates);
  }

  /**
   * Tells the time; to be called before anything else and then when {@link #nextDeadline()} comes,
   * or once a second.
   *
   * @param epochSeconds the wall clock, for credentials
   */
  public void tick(long nowNanos, long epochSeconds) {
    if (parts == null) {
      parts = start(nowNanos);
    }
    tickNanos = nowNanos;
    tickSeconds = epochSeconds;
    relays.turn(nowNanos);
    group.reservations().expire(nowNanos);
  }

  /** When {@link #tick} has something to do, or {@link Long#MAX_VALUE}. */
  public long nextDeadline() {
    return relays.nextTurn();
  }

  /**
   * A datagram or a whole frame from a client. For ChannelData nothing is allocated and only four
   * bytes are read; one call per datagram of a train.
   *
   * @param high the source address as in {@link dev.gatehouse.api.model.IpAddress#high()}
   * @param low the lower half
   * @param port the source port
   * @param link {@link TurnClient#datagramLink} or {@link TurnClient#streamLink}
   * @param bytes the slab it lies in, not kept
   * @param offset where
   * @param length how many bytes, 0 to 65555
   * @return {@link #DONE}, {@link #TO_PEER}, or for a peer behind this relay {@link #TO_CLIENT},
   *     {@link #TO_CLIENT_IN_INDICATION} or {@link #TO_SIBLING}
   */
  public int fromClient(
      long high,
      long low,
      int port,
      int link,
      MemorySegment bytes,
      long offset,
      int length,
      long nowNanos) {
    var started = parts;
    if (started == null || length < 4) {
      return drop(TurnDrop.MALFORMED);
    }
    int first = Octets.u32(bytes, offset);
    int top = first >>> 24;
    if (top >= 0x40 && top <= widestTop) {
      return started.data.channelData(high, low, port, link, first, offset, length, nowNanos);
    }
    if (top >= 4
        || length < Stun.HEADER
        || length > LONGEST
        || Octets.u32(bytes, offset + 4) != Stun.COOKIE) {
      return drop(TurnDrop.MALFORMED);
    }
    request.from(high, low, port, link, nowNanos);
    return stun(started, bytes, offset, length);
  }

  private int stun(Parts started, MemorySegment bytes, long offset, int length) {
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
    var message = request.message;
    int outcome = message.read(copy, 0, length);
    if (outcome == StunReader.NOT_STUN) {
      return drop(TurnDrop.MALFORMED);
    }
    if (message.messageClass() == Stun.INDICATION && message.method() == Stun.SEND) {
      return outcome == StunReader.OK
          ? started.data.send(request, offset)
          : drop(TurnDrop.MALFORMED);
    }
    if (message.messageClass() != Stun.REQUEST) {
      return drop(TurnDrop.UNEXPECTED);
    }
    if (length > LONGEST_REQUEST) {
      return drop(TurnDrop.MALFORMED);
    }
    if (!request.isStream() && isReflector(request.port)) {
      return drop(TurnDrop.BAD_SOURCE);
    }
    request.epochSeconds = tickSeconds + (request.now - tickNanos) / SECOND;
    started.requests.handle(request, outcome == StunReader.OK);
    return DONE;
  }

  /** Ports of services that answer anything, and that a forged source so may set against us. */
  private static boolean isReflector(int port) {
    return port == 0 || port == 19 || port == 53 || port == 123;
  }

  private int drop(TurnDrop reason) {
    counters.drop(reason);
    return DONE;
  }

  /**
   * A datagram a relayed socket received. Its bytes are not needed: the payload is the whole
   * datagram, wherever the shell has it, so {@link #payloadOffset()} means nothing here.
   *
   * @param relay the socket's handle
   * @param high the source address
   * @param low the lower half
   * @param port the source port
   * @param length how many bytes
   * @return {@link #DONE}, {@link #TO_CLIENT} or {@link #TO_CLIENT_IN_INDICATION}
   */
  public int fromPeer(int relay, long high, long low, int port, int length, long nowNanos) {
    var started = parts;
    return started == null ? DONE : started.data.fromPeer(relay, high, low, port, length, nowNanos);
  }

  /** As {@link #fromPeer}, for what another server of the group passed on. */
  public int fromSibling(int relay, long high, long low, int port, int length, long nowNanos) {
    var started = parts;
    return started == null ? DONE : started.data.toClient(relay, high, low, port, length, nowNanos);
  }

  /**
   * The outcome of {@link RelayOutput#openRelay}. The allocation is answered only now.
   *
   * @param opened false if the port could not be bound; another is tried then
   */
  public void relayOpened(int relay, boolean opened, long nowNanos) {
    if (parts != null) {
      parts.allocates.opened(relay, opened, nowNanos);
    }
  }

  /** A TCP or TLS connection is gone; its allocation ends. */
  public void streamClosed(long high, long low, int port, int link, long nowNanos) {
    var allocation = relays.find(high, low, port, link, nowNanos);
    if (allocation != null) {
      relays.end(allocation, nowNanos);
    }
  }

  /** Gives up an allocation, as another server asked by {@link RelayOutput#evict}. */
  public void evict(long allocation, long nowNanos) {
    if (parts != null) {
      parts.allocates.evict(allocation, nowNanos);
    }
  }

  /** Applies a new policy: channels and permissions it denies end at once. */
  public void usePolicy(PeerPolicy policy, long nowNanos) {
    group.policy(policy);
    relays.apply(policy, group.settings());
  }

  /** Ends every allocation and closes their sockets. */
  public void close() {
    relays.endAll(tickNanos);
  }

  /** Allocations of this server. */
  public int allocations() {
    return relays.alive();
  }

  /** Channels of this server. */
  public int channels() {
    return relays.byClient.size();
  }

  /** Permissions of this server. */
  public int permissions() {
    return relays.permissions.size();
  }

  /** What it counted. */
  public TurnCounters counters() {
    return counters;
  }

  /** Where the payload starts in the slab given to {@link #fromClient}. */
  public long payloadOffset() {
    return data().payloadOffset;
  }

  /** How long the payload is. */
  public int payloadLength() {
    return data().payloadLength;
  }

  /** The handle of the relayed socket to send from, or for a sibling, the one to arrive at. */
  public int relay() {
    return data().relay;
  }

  /** The upper half of the peer's address; for a sibling, of the address the payload comes from. */
  public long peerHigh() {
    return data().peerHigh;
  }

  /** The lower half of the peer's address. */
  public long peerLow() {
    return data().peerLow;
  }

  /** The peer's port. */
  public int peerPort() {
    return data().peerPort;
  }

  /** Whether the datagram to the peer must not be fragmented. */
  public boolean dontFragment() {
    return data().dontFragment;
  }

  /** The channel it came by or goes by; null if there is none. The same object as long as bound. */
  public @Nullable Channel channel() {
    return data().channel;
  }

  /**
   * The client to send to. The same object for an allocation's whole life.
   *
   * @throws IllegalStateException unless the verdict was one of those to a client
   */
  public TurnClient client() {
    var client = data().client;
    if (client == null) {
      throw new IllegalStateException("no client");
    }
    return client;
  }

  /** The four bytes before the payload in ChannelData, in network order. */
  public int channelHeader() {
    return data().channelHeader;
  }

  /** Zero bytes after the payload, 0 to 3. */
  public int padding() {
    return data().padding;
  }

  /**
   * Writes what stands before the payload in a Data indication.
   *
   * @return how many bytes, at most {@link #LONGEST_PREFIX}
   */
  public int writePrefix(MemorySegment to, long offset) {
    return data().writePrefix(to, offset);
  }

  /** The number of the server to pass the payload to. */
  public int sibling() {
    return data().sibling;
  }

  private DataPath data() {
    if (parts == null) {
      throw new IllegalStateException("no verdict yet");
    }
    return parts.data;
  }
}
