package dev.gatehouse.api.packet;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Up to {@link #CAPACITY} packets in one off-heap slab: the unit in which packets cross plugins.
 *
 * <p>An entry is either a single packet or a <em>train</em>: bytes that stand for several packets
 * of one flow, told by a {@link #segmentSize(int)} above zero. On {@link Lane#FROM_TUN} and {@link
 * Lane#TO_TUNNEL} a train is one IP packet whose TCP or UDP payload is to be cut every {@code
 * segmentSize} bytes, with its transport checksum left open; on {@link Lane#FROM_NETWORK} and
 * {@link Lane#TO_NETWORK} it is a run of datagrams of {@code segmentSize} bytes each, the last of
 * which may be shorter. Single packets always carry valid checksums. {@link Lane#FROM_TUNNEL} and
 * {@link Lane#TO_TUN} carry single packets only; consecutive packets of one flow stand next to each
 * other.
 *
 * <p>The rules of ownership:
 *
 * <ol>
 *   <li>{@link PacketPool#tryAcquire()} makes you the owner. An owner passes the batch on or closes
 *       it, on every path.
 *   <li>{@link PacketLane#offer} returning true ends your ownership: do not read, write or close
 *       the batch afterwards. Returning false leaves it yours.
 *   <li>{@link BatchConsumer#accept} makes the consumer the owner. Any other method that takes a
 *       batch borrows it for the call.
 *   <li>A batch has one owner: it is never published to two consumers, captured in a lambda that
 *       outlives the call, or kept in a field across turns without being owned.
 *   <li>Packets are edited in place. Before each packet at least {@link #HEADROOM} bytes, behind it
 *       at least {@link #TAILROOM} bytes are scratch, unless the batch's producer says otherwise.
 *   <li>Keep nothing from the slab after ownership ends; copy what must outlive it.
 *   <li>A batch that is not closed costs one slab, not the process; {@link PacketPool#inFlight()}
 *       shows it.
 * </ol>
 *
 * <p>Not safe for concurrent use; a hand-over through a lane is enough to use it on another thread.
 * With assertions enabled, every access checks that the batch is still owned by someone.
 *
 * @since 0.1.0
 */
public final class PacketBatch implements AutoCloseable {

  /** The most entries a batch holds. */
  public static final int CAPACITY = 256;

  /** Scratch bytes before each packet: virtio-net, WireGuard and ChannelData headers fit. */
  public static final int HEADROOM = 64;

  /** Scratch bytes behind each packet: padding and an authentication tag fit. */
  public static final int TAILROOM = 64;

  /** The value of {@link #peer(int)} for an entry no peer has been set for. */
  public static final int NO_PEER = -1;

  final int slot;

  private final PacketPool pool;
  private final MemorySegment slab;
  private final long address;
  private final int[] offsets = new int[CAPACITY];
  private final int[] lengths = new int[CAPACITY];
  private final int[] segmentSizes = new int[CAPACITY];
  private final int[] peers = new int[CAPACITY];
  private final byte[] ecn = new byte[CAPACITY];
  private final @Nullable Path[] paths = new @Nullable Path[CAPACITY];
  private int size;
  private int end;
  private boolean owned;

  PacketBatch(PacketPool pool, MemorySegment slab, int slot) {
    this.slot = slot;
    this.pool = pool;
    this.slab = slab;
    this.address = slab.address();
  }

  void acquired() {
    owned = true;
    size = 0;
    end = 0;
  }

  /** The whole slab. Offsets of entries are offsets into it. */
  public MemorySegment slab() {
    assert owned : "used after close";
    return slab;
  }

  /** The native address of the slab's first byte, for system calls; valid while owned. */
  public long address() {
    assert owned : "used after close";
    return address;
  }

  /** How many entries there are, dropped ones included. */
  public int size() {
    assert owned : "used after close";
    return size;
  }

  /** Whether there are no entries. */
  public boolean isEmpty() {
    return size() == 0;
  }

  /** Where the entry's first byte lies in the slab. */
  public int offset(int index) {
    assert owned && index < size : "used after close or beyond size";
    return offsets[index];
  }

  /** The entry's length in bytes; zero for a dropped one. */
  public int length(int index) {
    assert owned && index < size : "used after close or beyond size";
    return lengths[index];
  }

  /** Payload bytes per packet of a train, or zero for a single packet. */
  public int segmentSize(int index) {
    assert owned && index < size : "used after close or beyond size";
    return segmentSizes[index];
  }

  /** Makes the entry a train, or a single packet with zero. */
  public void segmentSize(int index, int bytes) {
    assert owned && index < size : "used after close or beyond size";
    segmentSizes[index] = bytes;
  }

  /** The handle of the peer the packet came from or goes to, or {@link #NO_PEER}. */
  public int peer(int index) {
    assert owned && index < size : "used after close or beyond size";
    return peers[index];
  }

  /** Sets the handle of the peer the packet came from or goes to. */
  public void peer(int index, int handle) {
    assert owned && index < size : "used after close or beyond size";
    peers[index] = handle;
  }

  /** The way the datagram came or is to go; null inside the tunnel. */
  public @Nullable Path path(int index) {
    assert owned && index < size : "used after close or beyond size";
    return paths[index];
  }

  /** Sets the way the datagram came or is to go. */
  public void path(int index, @Nullable Path path) {
    assert owned && index < size : "used after close or beyond size";
    paths[index] = path;
  }

  /** The ECN bits of the outer header, 0 to 3 (RFC 3168). */
  public int ecn(int index) {
    assert owned && index < size : "used after close or beyond size";
    return ecn[index];
  }

  /** Sets the ECN bits of the outer header, 0 to 3. */
  public void ecn(int index, int bits) {
    assert owned && index < size : "used after close or beyond size";
    ecn[index] = (byte) bits;
  }

  /** The longest packet {@link #reserve} would still accept; zero or less when full. */
  public int remaining() {
    assert owned : "used after close";
    return size == CAPACITY ? 0 : (int) slab.byteSize() - start() - TAILROOM;
  }

  /**
   * Finds room for one more packet without adding it.
   *
   * @param length the most bytes the packet may have
   * @return the offset to write it at, a multiple of 64, or -1 if it does not fit any more
   */
  public int reserve(int length) {
    return length <= remaining() ? start() : -1;
  }

  /**
   * Adds the packet that was written where {@link #reserve} said, or a little behind it.
   *
   * @param offset its first byte
   * @param length its length, within what was reserved
   * @return its index
   */
  public int commit(int offset, int length) {
    int index = append(offset, length);
    end = offset + length + TAILROOM;
    return index;
  }

  /**
   * Adds an entry for bytes that are in the slab already, as when a train is opened in place.
   *
   * @return its index
   * @throws IndexOutOfBoundsException if the batch is full or the bytes are not in the slab
   */
  public int append(int offset, int length) {
    assert owned : "used after close";
    if (size == CAPACITY || offset < 0 || length < 0 || offset + length > slab.byteSize()) {
      throw new IndexOutOfBoundsException("entry " + size + " at " + offset + "+" + length);
    }
    int index = size++;
    offsets[index] = offset;
    lengths[index] = length;
    segmentSizes[index] = 0;
    peers[index] = NO_PEER;
    ecn[index] = 0;
    paths[index] = null;
    return index;
  }

  /** Moves or resizes an entry, for example to strip or add a header in place. */
  public void reframe(int index, int offset, int length) {
    assert owned && index < size : "used after close or beyond size";
    if (offset < 0 || length < 0 || offset + length > slab.byteSize()) {
      throw new IndexOutOfBoundsException("entry " + index + " at " + offset + "+" + length);
    }
    offsets[index] = offset;
    lengths[index] = length;
  }

  /**
   * Drops an entry: it keeps its place with length zero, so that indexes and order stay, and its
   * packets are counted. A train counts as the packets it stands for.
   */
  public void drop(int index, DropReason reason, DropCounters counters) {
    counters.count(reason, packets(index));
    lengths[index] = 0;
  }

  /** How many packets the entry stands for: 1, or the number of pieces of a train. */
  public int packets(int index) {
    int segment = segmentSize(index);
    return segment <= 0 ? 1 : Math.max(1, (lengths[index] + segment - 1) / segment);
  }

  /** Forgets all entries but keeps the bytes, so that they can be listed anew. */
  public void clear() {
    assert owned : "used after close";
    size = 0;
  }

  /** Gives the slab back to its pool. Closing twice is an error. */
  @Override
  public void close() {
    if (!owned) {
      throw new IllegalStateException("the batch is closed already");
    }
    owned = false;
    for (int i = 0; i < CAPACITY && paths[i] != null; i++) {
      paths[i] = null;
    }
    pool.release(this);
  }

  private int start() {
    return (end + HEADROOM + 63) & -64;
  }
}
