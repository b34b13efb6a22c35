package dev.gatehouse.relay.io;

import dev.gatehouse.relay.core.stun.StreamFrames;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A client on TCP or TLS. It keeps at most one incomplete frame; until it has an allocation, frames
 * are short. The loop's thread only.
 */
final class StreamClient {

  /** The longest frame of a client without an allocation. */
  static final int LONGEST_OF_STRANGERS = 2048;

  private final NetSocket socket;
  private final long high;
  private final long low;
  private final int port;
  private final int link;
  private final boolean wideChannels;
  private final long acceptedNanos;
  private byte[] held = new byte[0];
  private int heldLength;
  private int allocations;
  private long idleSinceNanos;
  private boolean framed;
  private boolean closed;
  private @Nullable Buffer pending;

  StreamClient(
      NetSocket socket,
      long high,
      long low,
      int port,
      int link,
      boolean wideChannels,
      long nowNanos) {
    this.socket = socket;
    this.high = high;
    this.low = low;
    this.port = port;
    this.link = link;
    this.wideChannels = wideChannels;
    this.acceptedNanos = nowNanos;
    this.idleSinceNanos = nowNanos;
  }

  long high() {
    return high;
  }

  long low() {
    return low;
  }

  int port() {
    return port;
  }

  int link() {
    return link;
  }

  NetSocket socket() {
    return socket;
  }

  boolean isClosed() {
    return closed;
  }

  void closed() {
    closed = true;
    held = new byte[0];
    heldLength = 0;
    pending = null;
  }

  /** An allocation came or went. */
  void allocated(int change) {
    allocations += change;
  }

  /**
   * Whether it has had its time: to send a first whole frame, or to get an allocation.
   *
   * @param firstNanos for the first frame, the handshake of TLS included
   * @param idleNanos without an allocation
   */
  boolean isOverdue(long nowNanos, long firstNanos, long idleNanos) {
    if (allocations > 0) {
      idleSinceNanos = nowNanos;
      return false;
    }
    return (!framed && nowNanos - acceptedNanos > firstNanos)
        || nowNanos - idleSinceNanos > idleNanos;
  }

  /**
   * Whether this one should rather give way: it has no allocation, and it has said less than the
   * other or has been here for longer.
   *
   * @param other null for one that must stay
   */
  boolean isLessUseThan(@Nullable StreamClient other) {
    if (allocations > 0) {
      return false;
    }
    if (other == null || framed != other.framed) {
      return other == null || !framed;
    }
    return acceptedNanos - other.acceptedNanos < 0;
  }

  /** Takes whole frames out of what has arrived. */
  interface Frames {
    /** A whole frame, padding included. */
    void frame(byte[] bytes, int offset, int length);
  }

  /**
   * Adds what has arrived and gives out whole frames.
   *
   * @return false if this is no client of TURN, or one that wants too much
   */
  @SuppressWarnings("ReferenceEquality") // whether it is this very array
  boolean arrived(byte[] bytes, Frames frames) {
    byte[] all = bytes;
    int length = bytes.length;
    if (heldLength > 0) {
      all = room(heldLength + bytes.length);
      System.arraycopy(bytes, 0, all, heldLength, bytes.length);
      length = heldLength + bytes.length;
    }
    int from = 0;
    while (length - from >= StreamFrames.NEEDED) {
      int frame = StreamFrames.length(first(all, from), wideChannels);
      if (frame < 0 || (allocations == 0 && frame > LONGEST_OF_STRANGERS)) {
        return false;
      }
      if (length - from < frame) {
        break;
      }
      framed = true;
      frames.frame(all, from, frame);
      from += frame;
      if (closed) {
        return true;
      }
    }
    heldLength = length - from;
    if (heldLength == 0) {
      held = new byte[0];
    } else if (all == held) {
      System.arraycopy(all, from, held, 0, heldLength);
    } else {
      held = Arrays.copyOfRange(all, from, length);
    }
    return true;
  }

  private byte[] room(int wanted) {
    if (held.length < wanted) {
      held = Arrays.copyOf(held, wanted);
    }
    return held;
  }

  private static int first(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | (bytes[at + 3] & 0xff);
  }

  /** What is to be written next; null if nothing. */
  @Nullable Buffer pending() {
    return pending;
  }

  /** Where to append what is to be written next. */
  Buffer pendingToAppend() {
    var buffer = pending;
    if (buffer == null) {
      buffer = Buffer.buffer(2048);
      pending = buffer;
    }
    return buffer;
  }

  /** Writes what was appended. */
  void flush() {
    var buffer = pending;
    pending = null;
    if (buffer != null && !closed) {
      socket.write(buffer);
    }
  }
}
