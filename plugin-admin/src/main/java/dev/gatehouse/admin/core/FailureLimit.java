package dev.gatehouse.admin.core;

import dev.gatehouse.api.model.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often one place may be wrong. Every place has ten tries and gets one back every ten seconds.
 * IPv6 counts by network of 64 bits, which is what one asker has. At most 4096 places are
 * remembered; of more, the one that was wrong longest ago is forgotten. Safe for any thread.
 */
public final class FailureLimit {

  static final int TRIES = 10;
  static final long ONE_BACK_NANOS = 10_000_000_000L;
  static final int MOST_PLACES = 4096;

  private record Place(boolean v4, long network) {
    static Place of(IpAddress address) {
      return address.isV4() ? new Place(true, address.v4Value()) : new Place(false, address.high());
    }
  }

  /** Time by which all tries are back, as in a leaky bucket. */
  private final Map<Place, Long> fullAgainAt =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Long> eldest) {
          return size() > MOST_PLACES;
        }
      };

  /** Nobody was wrong yet. */
  public FailureLimit() {}

  /** Whether somebody there may try. */
  public synchronized boolean mayTry(IpAddress address, long nowNanos) {
    var full = fullAgainAt.get(Place.of(address));
    return full == null || full - nowNanos <= (TRIES - 1) * ONE_BACK_NANOS;
  }

  /** Somebody there was wrong. */
  public synchronized void wrong(IpAddress address, long nowNanos) {
    fullAgainAt.merge(
        Place.of(address),
        nowNanos + ONE_BACK_NANOS,
        (full, fresh) -> full - nowNanos <= 0 ? fresh : full + ONE_BACK_NANOS);
  }

  synchronized int places() {
    return fullAgainAt.size();
  }
}
