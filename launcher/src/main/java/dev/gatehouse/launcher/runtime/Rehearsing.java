package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.launcher.shard.BusScope;
import dev.gatehouse.launcher.shard.EventLoopShard;
import dev.gatehouse.launcher.shard.ShardSettings;
import dev.gatehouse.launcher.shard.SpareLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the plugins rehearse after the start: short slices of made-up work on an event loop that
 * carries no packets, with pauses of the same length between them, until the code is fast, the
 * budget is used up, real packets come or the house closes. Nobody waits for it.
 */
final class Rehearsing implements AutoCloseable {

  /** How long it works at a time, and then pauses: half of one processor at most. */
  static final Duration SLICE = Duration.ofMillis(2);

  /** How long it works in all. */
  static final Duration BUDGET = Duration.ofMillis(1_500);

  /** The rounds of each plugin after which the virtual machine has seen enough. */
  static final int ROUNDS = 12_000;

  /** Batches that real shards carry before the rehearsal gives way to them. */
  static final long REAL_BATCHES = 2_000;

  private static final Logger LOG = LoggerFactory.getLogger(Rehearsing.class);
  private static final int FIRST_INDEX = 1_000;
  private static final ShardSettings SMALL =
      new ShardSettings(
          16, ShardSettings.DEFAULTS.slabBytes(), 16, true, ShardSettings.DEFAULTS.spin());
  private static final long PATIENCE_SECONDS = 5;

  private record Part(String name, Rehearsal rehearsal, EventLoopShard shard) {}

  private final Map<String, Plugin> plugins;
  private final List<EventLoopShard> shards;
  private final SpareLoop loop;
  private final EventLoopShard pacer;
  private final List<Part> parts = new ArrayList<>();
  private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
  private int rounds;
  private long spentNanos;
  private long carriedBefore;
  private final Consumer<String> news;
  private volatile @Nullable String outcome;

  private Rehearsing(
      Map<String, Plugin> plugins,
      List<EventLoopShard> shards,
      SpareLoop loop,
      Consumer<String> news) {
    this.plugins = plugins;
    this.news = news;
    this.shards = List.copyOf(shards);
    this.loop = loop;
    this.pacer = loop.open(FIRST_INDEX, new ShardSettings(1, 64, 1, true, Duration.ZERO));
  }

  /**
   * Begins; null where every event loop carries packets.
   *
   * @param plugins those that have started, in the order of their start
   * @param news told in words how it stands, on any thread
   */
  static @Nullable Rehearsing begin(
      BusScope scope,
      Map<String, Plugin> plugins,
      List<EventLoopShard> shards,
      Consumer<String> news) {
    var spare = SpareLoop.beside(scope, shards).orElse(null);
    if (spare == null) {
      news.accept("off, because every event loop carries packets");
      return null;
    }
    news.accept("under way");
    var rehearsing = new Rehearsing(plugins, shards, spare, news);
    rehearsing.pacer.execute(rehearsing::open);
    return rehearsing;
  }

  private void open() {
    if (outcome != null) {
      return;
    }
    carriedBefore = carried();
    int index = FIRST_INDEX;
    for (var plugin : plugins.entrySet()) {
      var shard = loop.open(++index, SMALL);
      var made = rehearsal(plugin.getKey(), plugin.getValue(), shard);
      if (made == null) {
        shard.close();
      } else {
        parts.add(new Part(plugin.getKey(), made, shard));
      }
    }
    if (parts.isEmpty()) {
      end("nothing to rehearse");
    } else {
      pause();
    }
  }

  private static @Nullable Rehearsal rehearsal(String name, Plugin plugin, EventLoopShard shard) {
    try {
      return plugin.rehearsal(shard).orElse(null);
    } catch (RuntimeException | LinkageError e) {
      LOG.atDebug().setCause(e).addKeyValue("plugin", name).log("plugin does not rehearse");
      return null;
    }
  }

  private void pause() {
    pacer.after(SLICE, this::slice);
  }

  private void slice() {
    if (outcome != null) {
      return;
    }
    if (carried() - carriedBefore > REAL_BATCHES) {
      end("ended, because packets came");
      return;
    }
    long begun = System.nanoTime();
    long now = begun;
    while (now - begun < SLICE.toNanos() && rounds < ROUNDS && !parts.isEmpty()) {
      parts.removeIf(this::failed);
      rounds++;
      now = System.nanoTime();
    }
    spentNanos += now - begun;
    if (rounds >= ROUNDS || parts.isEmpty()) {
      end("done");
    } else if (spentNanos >= BUDGET.toNanos()) {
      end("ended, because its time was used up");
    } else {
      pause();
    }
  }

  private boolean failed(Part part) {
    try {
      part.rehearsal.round();
      return false;
    } catch (RuntimeException | LinkageError e) {
      LOG.atDebug().setCause(e).addKeyValue("plugin", part.name).log("rehearsal failed");
      release(part);
      return true;
    }
  }

  private static void release(Part part) {
    try {
      part.rehearsal.close();
    } catch (RuntimeException e) {
      LOG.atDebug().setCause(e).addKeyValue("plugin", part.name).log("rehearsal did not close");
    }
    part.shard.close();
  }

  private long carried() {
    long sum = 0;
    for (var shard : shards) {
      sum += shard.carried();
    }
    return sum;
  }

  /** On the loop's thread. */
  private void end(String how) {
    if (outcome != null) {
      return;
    }
    var words =
        String.format(
            Locale.ROOT,
            "%s after %d rounds in %d ms",
            how,
            rounds,
            TimeUnit.NANOSECONDS.toMillis(spentNanos));
    outcome = words;
    news.accept(words);
    parts.forEach(Rehearsing::release);
    parts.clear();
    pacer.close();
    LOG.atDebug().addKeyValue("outcome", words).log("rehearsal over");
    ended.complete(null);
  }

  /** Runs an action when it is over, or at once if it is; on its event loop or this thread. */
  void whenOver(Runnable action) {
    var _ = ended.thenRun(action);
  }

  /** Ends it and waits until everything is released. Not on an event loop. */
  @Override
  public void close() {
    try {
      if (outcome == null) {
        pacer.execute(() -> end("ended, because the gateway stopped"));
      }
      ended.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.atWarn().setCause(e).log("the rehearsal did not end in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RejectedExecutionException e) {
      LOG.atDebug().setCause(e).log("the rehearsal ended with its event loop");
    }
  }
}
