package dev.gatehouse.api.store;

import dev.gatehouse.api.Deadline;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * How long a store takes to answer, as a histogram. A plugin that puts {@link #status()} into its
 * own status under {@value #KEY} has it in the metrics. Safe for any thread.
 *
 * @since 0.1.0
 */
public final class StoreLatency {

  /** Where a plugin's status has it. */
  public static final String KEY = "store-latency";

  /** The upper ends of the buckets in milliseconds; what takes longer is in one more. */
  private static final int[] MILLIS = {1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000};

  private final AtomicLongArray counts = new AtomicLongArray(MILLIS.length + 1);
  private final LongAdder sumNanos = new LongAdder();
  private final LongAdder failed = new LongAdder();

  /** An empty histogram. */
  public StoreLatency() {}

  /** Adds one answer. */
  public void add(long nanos) {
    int bucket = 0;
    while (bucket < MILLIS.length && nanos > MILLIS[bucket] * 1_000_000L) {
      bucket++;
    }
    counts.incrementAndGet(bucket);
    sumNanos.add(nanos);
  }

  /**
   * The same store, every call of which that may wait is measured, by {@link System#nanoTime()}.
   */
  public AuthorizationStore around(AuthorizationStore store) {
    return (AuthorizationStore)
        Proxy.newProxyInstance(
            StoreLatency.class.getClassLoader(),
            new Class<?>[] {AuthorizationStore.class},
            (_, method, arguments) ->
                mayWait(method) ? timed(store, method, arguments) : call(store, method, arguments));
  }

  private static boolean mayWait(Method method) {
    return Arrays.asList(method.getParameterTypes()).contains(Deadline.class);
  }

  private @Nullable Object timed(
      AuthorizationStore store, Method method, Object @Nullable [] arguments) throws Throwable {
    long before = System.nanoTime();
    try {
      return call(store, method, arguments);
    } catch (Throwable e) {
      failed.increment();
      throw e;
    } finally {
      add(System.nanoTime() - before);
    }
  }

  private static @Nullable Object call(
      AuthorizationStore store, Method method, Object @Nullable [] arguments) throws Throwable {
    try {
      return method.invoke(store, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  /**
   * The histogram: under the upper end of each bucket in seconds, how many answers took that long
   * at most; under {@code sum} the seconds of all of them, under {@code count} how many there were,
   * and under {@code failed} how many of them were failures.
   */
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    long total = 0;
    for (int i = 0; i < MILLIS.length; i++) {
      total += counts.get(i);
      status.put(Double.toString(MILLIS[i] / 1000.0), total);
    }
    status.put("count", total + counts.get(MILLIS.length));
    status.put("sum", sumNanos.sum() / 1e9);
    status.put("failed", failed.sum());
    return status;
  }
}
