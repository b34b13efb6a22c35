package dev.gatehouse.relay.core.turn;

import java.lang.foreign.MemorySegment;
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

  private final TurnCounters counters = new TurnCounters();
  private @Nullable TurnClient client;

  TurnServer(TurnGroup group, int number, RelayOutput output, RandomGenerator random) {}

  /**
   * Tells the time; to be called before anything else and then when {@link #nextDeadline()} comes,
   * or once a second.
   *
   * @param epochSeconds the wall clock, for credentials
   */
  public void tick(long nowNanos, long epochSeconds) {}

  /** When {@link #tick} has something to do, or {@link Long#MAX_VALUE}. */
  public long nextDeadline() {
    return Long.MAX_VALUE;
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
    return DONE;
  }

  /** As {@link #fromPeer}, for what another server of the group passed on. */
  public int fromSibling(int relay, long high, long low, int port, int length, long nowNanos) {
    return DONE;
  }

  /**
   * The outcome of {@link RelayOutput#openRelay}. The allocation is answered only now.
   *
   * @param opened false if the port could not be bound; another is tried then
   */
  public void relayOpened(int relay, boolean opened, long nowNanos) {}

  /** A TCP or TLS connection is gone; its allocation ends. */
  public void streamClosed(long high, long low, int port, int link, long nowNanos) {}

  /** Gives up an allocation, as another server asked by {@link RelayOutput#evict}. */
  public void evict(long allocation, long nowNanos) {}

  /** Applies a new policy: channels and permissions it denies end at once. */
  public void usePolicy(PeerPolicy policy, long nowNanos) {}

  /** Ends every allocation and closes their sockets. */
  public void close() {}

  /** Allocations of this server. */
  public int allocations() {
    return 0;
  }

  /** Channels of this server. */
  public int channels() {
    return 0;
  }

  /** Permissions of this server. */
  public int permissions() {
    return 0;
  }

  /** What it counted. */
  public TurnCounters counters() {
    return counters;
  }

  /** Where the payload starts in the slab given to {@link #fromClient}. */
  public long payloadOffset() {
    return 0;
  }

  /** How long the payload is. */
  public int payloadLength() {
    return 0;
  }

  /** The handle of the relayed socket to send from, or for a sibling, the one to arrive at. */
  public int relay() {
    return 0;
  }

  /** The upper half of the peer's address; for a sibling, of the address the payload comes from. */
  public long peerHigh() {
    return 0;
  }

  /** The lower half of the peer's address. */
  public long peerLow() {
    return 0;
  }

  /** The peer's port. */
  public int peerPort() {
    return 0;
  }

  /** Whether the datagram to the peer must not be fragmented. */
  public boolean dontFragment() {
    return false;
  }

  /** The channel it came by or goes by; null if there is none. The same object as long as bound. */
  public @Nullable Channel channel() {
    return null;
  }

  /**
   * The client to send to. The same object for an allocation's whole life.
   *
   * @throws IllegalStateException unless the verdict was one of those to a client
   */
  public TurnClient client() {
    if (client == null) {
      throw new IllegalStateException("no client");
    }
    return client;
  }

  /** The four bytes before the payload in ChannelData, in network order. */
  public int channelHeader() {
    return 0;
  }

  /** Zero bytes after the payload, 0 to 3. */
  public int padding() {
    return 0;
  }

  /**
   * Writes what stands before the payload in a Data indication.
   *
   * @return how many bytes, at most {@link #LONGEST_PREFIX}
   */
  public int writePrefix(MemorySegment to, long offset) {
    return 0;
  }

  /** The number of the server to pass the payload to. */
  public int sibling() {
    return 0;
  }
}
