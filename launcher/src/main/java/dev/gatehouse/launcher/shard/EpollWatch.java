package dev.gatehouse.launcher.shard;

import dev.gatehouse.api.spi.Shard;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A descriptor on the event loop's own epoll instance, level-triggered. It never closes the
 * descriptor, which stays the plugin's.
 *
 * <p>A pump that finds nothing although it was called, again and again, as with a device that has
 * gone, is called less and less often rather than kept busy.
 */
final class EpollWatch implements EpollIoHandle, Shard.DescriptorWatch {

  private static final EpollIoOps IN = EpollIoOps.EPOLLIN;
  private static final EpollIoOps IN_AND_OUT = IN.with(EpollIoOps.EPOLLOUT);

  // Errors and hang-ups cannot be masked, but with edges they are told once only.
  private static final EpollIoOps OUT = EpollIoOps.EPOLLOUT.with(EpollIoOps.EPOLLET);
  private static final EpollIoOps REST = EpollIoOps.EPOLLERR.with(EpollIoOps.EPOLLET);

  private static final int FRUITLESS_LIMIT = 64;
  private static final long SHORTEST_PAUSE_MILLIS = 1;
  private static final long LONGEST_PAUSE_MILLIS = 128;

  private final EventLoopShard shard;
  private final FileDescriptor descriptor;
  private final Shard.Pump pump;

  // The loop's thread only, apart from closed.
  private @Nullable IoRegistration registration;
  private boolean readable = true;
  private boolean writableOnce;
  private boolean paused;
  private int fruitless;
  private long pauseMillis = SHORTEST_PAUSE_MILLIS;
  private @Nullable Future<?> resumption;
  private @Nullable EpollIoOps interest;
  private volatile boolean closed;

  private EpollWatch(EventLoopShard shard, int descriptor, Shard.Pump pump) {
    this.shard = shard;
    this.descriptor = new FileDescriptor(descriptor);
    this.pump = pump;
  }

  /** Registers a descriptor; on the loop's thread. */
  static EpollWatch open(EventLoopShard shard, int descriptor, Shard.Pump pump) {
    if (!(shard.loop() instanceof IoEventLoop loop) || !loop.isCompatible(EpollIoHandle.class)) {
      throw new UnsupportedOperationException(
          "This event loop cannot watch file descriptors, because it does not run on epoll. Use"
              + " Linux, and a Vert.x whose native transport is preferred and present.");
    }
    var watch = new EpollWatch(shard, descriptor, pump);
    var registered = loop.register(watch);
    if (!registered.isSuccess()) {
      throw new IllegalStateException(
          "file descriptor " + descriptor + " cannot be watched", registered.cause());
    }
    watch.registration = registered.getNow();
    watch.update();
    return watch;
  }

  @Override
  public FileDescriptor fd() {
    return descriptor;
  }

  @Override
  public void handle(IoRegistration from, IoEvent event) {
    boolean writable = writableOnce && ((EpollIoEvent) event).ops().contains(EpollIoOps.EPOLLOUT);
    if (closed || paused || !(readable || writable)) {
      return;
    }
    if (writable) {
      writableOnce = false;
      update();
    }
    long begun = shard.begins();
    if (turn()) {
      fruitless = 0;
      pauseMillis = SHORTEST_PAUSE_MILLIS;
      shard.worked(begun);
    } else if (++fruitless >= FRUITLESS_LIMIT) {
      pause();
    }
  }

  /** One call only: what is left is told anew, after other descriptors and tasks had a turn. */
  private boolean turn() {
    var previous = shard.context().beginDispatch();
    try {
      return pump.pump();
    } catch (RuntimeException | Error e) {
      shard.faults().report("pump", e);
      return false;
    } finally {
      shard.context().endDispatch(previous);
    }
  }

  private void pause() {
    paused = true;
    update();
    resumption = shard.loop().schedule(this::resume, pauseMillis, TimeUnit.MILLISECONDS);
    pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
  }

  private void resume() {
    paused = false;
    fruitless = FRUITLESS_LIMIT - 1;
    update();
  }

  private void update() {
    EpollIoOps wanted;
    if (paused) {
      wanted = REST;
    } else if (writableOnce) {
      wanted = readable ? IN_AND_OUT : OUT;
    } else {
      wanted = readable ? IN : REST;
    }
    var current = registration;
    if (!wanted.equals(interest) && !closed && current != null && current.isValid()) {
      interest = wanted;
      current.submit(wanted);
    }
  }

  @Override
  public void wakeWhenWritable() {
    writableOnce = true;
    update();
  }

  @Override
  public void readable(boolean wanted) {
    readable = wanted;
    update();
  }

  /** Called by the plugin, and by the loop when it ends; safe to repeat. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    shard.settle(() -> {
      closed = true;
      shard.forget(this);
      var current = registration;
      registration = null;
      if (current != null) {
        current.cancel();
      }
      var later = resumption;
      if (later != null) {
        later.cancel(false);
      }
    });
  }
}
