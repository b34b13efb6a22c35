package dev.gatehouse.testkit.link;

import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a bad link. Packets go in with the moment at which they do, and come out when
 * their time has come. Nothing else matters: with the same seed, packets and moments, everything
 * comes out alike. What becomes of the <i>n</i>-th packet depends on the seed and on <i>n</i>, not
 * on the impairments in force, so runs with more and less of one impairment stay comparable.
 *
 * <p>Moments are nanoseconds of any origin and never go back. Not safe for several threads.
 *
 * @param <T> what travels with each packet, for example where it is going
 * @since 0.1.0
 */
public final class Link<T> {

  /**
   * A packet that has arrived.
   *
   * @param tag what was given with it
   * @param bytes its bytes, the receiver's from now on
   * @param dueNanos when it arrived
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Delivery<T>(T tag, byte[] bytes, long dueNanos) {}

  private record Waiting<T>(Delivery<T> delivery, long turn) implements Comparable<Waiting<T>> {
    @Override
    public int compareTo(Waiting<T> other) {
      int byTime = Long.compare(delivery.dueNanos() - other.delivery.dueNanos(), 0);
      return byTime != 0 ? byTime : Long.compare(turn, other.turn);
    }
  }

  /** So slowly does the delay wander that packets which follow each other keep their order. */
  private static final int WANDERING = 4;

  private static final double NANOS = 1e9;

  private final RandomGenerator random;
  private final long wandering;
  private final PriorityQueue<Waiting<T>> waiting = new PriorityQueue<>();
  private Impairments impairments;
  private boolean dark;
  private boolean used;
  private long turn;
  private long free;
  private long lastInOrder;
  private long offered;
  private long delivered;
  private long lost;
  private long duplicated;
  private long reordered;
  private long corrupted;
  private long blackedOut;
  private long overflowed;

  /** A link with these impairments; {@code random} is its own from now on. */
  public Link(Impairments impairments, RandomGenerator random) {
    this.impairments = impairments;
    this.random = random;
    wandering = random.nextLong();
  }

  /** Other impairments, for packets that come from now on. */
  public void impair(Impairments other) {
    impairments = other;
  }

  /** Cuts the link, or mends it. What is on its way when it is cut is lost with the rest. */
  public void blackout(boolean cut) {
    dark = cut;
    if (cut) {
      blackedOut += waiting.size();
      waiting.clear();
    }
  }

  /**
   * Puts a packet in.
   *
   * @param bytes the packet, the link's from now on
   * @param now this moment
   */
  public void offer(T tag, byte[] bytes, long now) {
    // Always the same number of draws, so that no fate moves another one.
    boolean isLost = random.nextDouble() < impairments.loss();
    boolean isDoubled = random.nextDouble() < impairments.duplication();
    boolean losesPlace = random.nextDouble() < impairments.reordering();
    boolean isDamaged = random.nextDouble() < impairments.corruption();
    double displacement = random.nextDouble();
    double damage = random.nextDouble();
    if (!used) {
      used = true;
      free = now;
      lastInOrder = now;
    }
    offered++;
    if (dark) {
      blackedOut++;
    } else if (isLost) {
      lost++;
    } else if (!fits(bytes.length, now)) {
      overflowed++;
    } else {
      long due = due(losesPlace, displacement, now);
      if (isDamaged && bytes.length > 0) {
        corrupted++;
        int bit = (int) (damage * bytes.length * Byte.SIZE);
        bytes[bit / Byte.SIZE] ^= (byte) (1 << (bit % Byte.SIZE));
      }
      add(tag, bytes, due);
      if (isDoubled) {
        duplicated++;
        add(tag, bytes.clone(), due);
      }
    }
  }

  private void add(T tag, byte[] bytes, long due) {
    waiting.add(new Waiting<>(new Delivery<>(tag, bytes, due), turn++));
  }

  /** Takes the packet's time on a narrow link, if it has room. */
  private boolean fits(int length, long now) {
    if (free - now < 0) {
      free = now;
    }
    long width = impairments.bytesPerSecond();
    if (width == 0) {
      return true;
    }
    double queued = (free - now) / NANOS * width;
    if (queued > 0 && queued + length > impairments.queueBytes()) {
      return false;
    }
    free += Math.round(length * NANOS / width);
    return true;
  }

  private long due(boolean losesPlace, double displacement, long now) {
    long due = free + impairments.delay().toNanos() + wander(now);
    if (losesPlace) {
      reordered++;
      // Not zero: what has lost its place must be passed by a packet that follows at once.
      return due + 1 + (long) (displacement * impairments.displacement().toNanos());
    }
    lastInOrder = due - lastInOrder < 0 ? lastInOrder : due;
    return lastInOrder;
  }

  /** How far the delay is from its average now: straight lines between chance values. */
  private long wander(long now) {
    long jitter = impairments.jitter().toNanos();
    if (jitter == 0) {
      return 0;
    }
    long step = WANDERING * jitter;
    long knot = Math.floorDiv(now, step);
    double share = Math.floorMod(now, step) / (double) step;
    return Math.round(jitter * (chance(knot) * (1 - share) + chance(knot + 1) * share));
  }

  /** From -1 to 1, by the seed and a number. */
  private double chance(long number) {
    long z = wandering + number * 0x9e3779b97f4a7c15L; // the steps of SplittableRandom
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return ((z ^ (z >>> 31)) >> 11) * 0x1p-52;
  }

  /** Takes out the next packet whose time has come; null if there is none yet. */
  public @Nullable Delivery<T> poll(long now) {
    var next = waiting.peek();
    if (next == null || next.delivery.dueNanos() - now > 0) {
      return null;
    }
    waiting.poll();
    delivered++;
    return next.delivery;
  }

  /** How long until {@link #poll} has something, 0 if it has now, -1 if nothing is on its way. */
  public long nanosToNext(long now) {
    var next = waiting.peek();
    return next == null ? -1 : Math.max(0, next.delivery.dueNanos() - now);
  }

  /** How many packets are on their way, duplicates included. */
  public int waiting() {
    return waiting.size();
  }

  /** What became of packets so far. */
  public LinkCounters counters() {
    return new LinkCounters(
        offered, delivered, lost, duplicated, reordered, corrupted, blackedOut, overflowed);
  }
}
