package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Path;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one end should do with each datagram, told from nothing but what is on the wire in the
 * clear: types, indexes, counters, order and time. Written from the white paper, with sets and
 * maps, and without a look at the code it judges.
 */
final class WireModel {

  private static final long SECOND = 1_000_000_000L;
  private static final long LIFETIME = 180 * SECOND;
  private static final long ALL_KEYS_END = 3 * LIFETIME;
  private static final long INITIATION_GAP = SECOND / 50;
  private static final long WINDOW = 8192;
  private static final int KEEPALIVE = 32;

  private static final class Keys {
    final int index;
    final long since;
    final Set<Long> seen = new HashSet<>();
    long newest = -1;

    Keys(int index, long since) {
      this.index = index;
      this.since = since;
    }
  }

  /**
   * What should happen.
   *
   * @param dropped why the datagram goes no further; null if it is taken
   * @param delivers whether a packet comes out
   * @param answers whether a response goes back
   */
  record Verdict(@Nullable DropReason dropped, boolean delivers, boolean answers) {

    static Verdict drop(DropReason reason) {
      return new Verdict(reason, false, false);
    }
  }

  private final Map<Integer, Keys> byIndex = new HashMap<>();
  private @Nullable Keys previous;
  private @Nullable Keys current;
  private @Nullable Keys next;
  private @Nullable Integer calling;
  private long newestCall = -1;
  private long lastCallTaken = -SECOND;
  private long keysSince;
  private @Nullable Path path;

  @Nullable Path path() {
    return path;
  }

  void knowsPath(Path known) {
    path = known;
  }

  private static int type(byte[] datagram) {
    return datagram[0];
  }

  private static int number(byte[] datagram, int at) {
    return ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN).getInt(at);
  }

  /** This end sends a datagram. */
  void sends(byte[] datagram, long now) {
    if (type(datagram) == Messages.INITIATION) {
      calling = number(datagram, 4);
    } else if (type(datagram) == Messages.RESPONSE) {
      end(next);
      next = begin(number(datagram, 4), now);
    }
  }

  private Keys begin(int index, long now) {
    var keys = new Keys(index, now);
    byIndex.put(index, keys);
    keysSince = now;
    return keys;
  }

  private void end(@Nullable Keys keys) {
    if (keys != null) {
      byIndex.remove(keys.index);
    }
  }

  /** Time passes. */
  void tick(long now) {
    if (keysSince > 0 && now - keysSince >= ALL_KEYS_END) {
      byIndex.clear();
      previous = null;
      current = null;
      next = null;
      calling = null;
      keysSince = 0;
    }
  }

  /**
   * A datagram arrives.
   *
   * @param order the number of the initiation among all that its sender made; for initiations
   */
  Verdict receives(byte[] datagram, long order, Path from, long now) {
    return switch (type(datagram)) {
      case Messages.INITIATION -> initiation(order, from, now);
      case Messages.RESPONSE -> response(datagram, from, now);
      case Messages.DATA -> data(datagram, from, now);
      default -> throw new AssertionError("nobody is under load here");
    };
  }

  private Verdict initiation(long order, Path from, long now) {
    if (order <= newestCall) {
      return Verdict.drop(DropReason.HANDSHAKE_REJECTED);
    }
    if (now - lastCallTaken < INITIATION_GAP) {
      return Verdict.drop(DropReason.RATE_LIMITED);
    }
    newestCall = order;
    lastCallTaken = now;
    path = from;
    return new Verdict(null, false, true);
  }

  private Verdict response(byte[] datagram, Path from, long now) {
    int index = number(datagram, 8);
    if (calling == null || calling != index) {
      return Verdict.drop(DropReason.UNKNOWN_RECEIVER);
    }
    calling = null;
    end(previous);
    if (next != null) {
      end(current);
      previous = next;
      next = null;
    } else {
      previous = current;
    }
    current = begin(index, now);
    path = from;
    return new Verdict(null, false, false);
  }

  private Verdict data(byte[] datagram, Path from, long now) {
    var keys = byIndex.get(number(datagram, 4));
    if (keys == null) {
      return Verdict.drop(DropReason.UNKNOWN_RECEIVER);
    }
    if (now - keys.since >= LIFETIME) {
      return Verdict.drop(DropReason.SESSION_TOO_OLD);
    }
    long counter = ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN).getLong(8);
    if (counter <= keys.newest - WINDOW || !keys.seen.add(counter)) {
      return Verdict.drop(DropReason.REPLAYED);
    }
    if (counter > keys.newest) {
      keys.newest = counter;
      path = from;
    }
    if (keys == next) {
      end(previous);
      previous = current;
      current = next;
      next = null;
      path = from;
    }
    return new Verdict(null, datagram.length > KEEPALIVE, false);
  }
}
