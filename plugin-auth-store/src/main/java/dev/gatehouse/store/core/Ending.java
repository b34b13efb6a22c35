package dev.gatehouse.store.core;

import dev.gatehouse.api.model.AuthorizationKey;
import java.time.Instant;
import java.util.AbstractSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * When an authorization ends; the version tells apart those that end together.
 *
 * @param seconds the end in seconds since 1970
 * @param nanos the rest of it
 * @param version the authorization's version
 * @param key which authorization
 */
record Ending(long seconds, int nanos, long version, AuthorizationKey key)
    implements Comparable<Ending> {

  static Ending of(Instant end, Held held) {
    return new Ending(end.getEpochSecond(), end.getNano(), held.stored().version(), held.key());
  }

  boolean isBefore(Instant moment) {
    return compare(moment) < 0;
  }

  boolean isAfter(Instant moment) {
    return compare(moment) > 0;
  }

  private int compare(Instant moment) {
    int bySeconds = Long.compare(seconds, moment.getEpochSecond());
    return bySeconds != 0 ? bySeconds : Integer.compare(nanos, moment.getNano());
  }

  @Override
  public int compareTo(Ending other) {
    int bySeconds = Long.compare(seconds, other.seconds);
    if (bySeconds != 0) {
      return bySeconds;
    }
    int byNanos = Integer.compare(nanos, other.nanos);
    return byNanos != 0 ? byNanos : Long.compare(version, other.version);
  }

  /**
   * The endings as a sorted set, which is the form from which a tree is built in one pass.
   *
   * @param endings all different; put in order by this
   */
  @SuppressWarnings("JdkObsolete") // the collections look for this very interface
  static SortedSet<Ending> inOrder(List<Ending> endings) {
    endings.sort(null);
    return new InOrder(endings);
  }

  @SuppressWarnings("JdkObsolete")
  private static final class InOrder extends AbstractSet<Ending> implements SortedSet<Ending> {
    private final List<Ending> sorted;

    InOrder(List<Ending> sorted) {
      this.sorted = sorted;
    }

    @Override
    public Iterator<Ending> iterator() {
      return sorted.iterator();
    }

    @Override
    public int size() {
      return sorted.size();
    }

    @Override
    public @Nullable Comparator<? super Ending> comparator() {
      return null;
    }

    @Override
    public Ending first() {
      return end(0);
    }

    @Override
    public Ending last() {
      return end(sorted.size() - 1);
    }

    private Ending end(int index) {
      if (sorted.isEmpty()) {
        throw new NoSuchElementException();
      }
      return sorted.get(index);
    }

    @Override
    public SortedSet<Ending> subSet(Ending from, Ending to) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SortedSet<Ending> headSet(Ending to) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SortedSet<Ending> tailSet(Ending from) {
      throw new UnsupportedOperationException();
    }
  }
}
