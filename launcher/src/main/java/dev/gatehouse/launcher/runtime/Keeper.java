package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.GatehouseException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Opens and closes one house, also when both are asked for at the same time. Any thread. */
public final class Keeper implements AutoCloseable {

  /** Opens the house; leaves nothing open if it fails. */
  @FunctionalInterface
  public interface Opening {

    /**
     * Opens it.
     *
     * @throws InterruptedException if the thread was interrupted
     */
    House open() throws InterruptedException;
  }

  private enum State {
    NEW,
    STARTING,
    RUNNING,
    CLOSED
  }

  private final Opening opening;
  private final Object lock = new Object();
  private final CountDownLatch ended = new CountDownLatch(1); // nothing is open any more
  private State state = State.NEW;
  private boolean cancelled;
  private @Nullable Thread starter;
  private @Nullable House house;

  /** Keeps a house that is not open yet. */
  public Keeper(Opening opening) {
    this.opening = opening;
  }

  /** Opens the house, once only; see {@link dev.gatehouse.launcher.Gatehouse#start()}. */
  public void start() {
    synchronized (lock) {
      if (state == State.CLOSED) {
        throw cancelled(null);
      }
      if (state != State.NEW) {
        throw new IllegalStateException("a gateway is started once");
      }
      state = State.STARTING;
      starter = Thread.currentThread();
    }
    @Nullable House opened = null;
    try {
      opened = opening.open();
    } catch (InterruptedException e) {
      if (!isCancelled()) {
        Thread.currentThread().interrupt();
      }
      throw cancelled(e);
    } catch (GatehouseException e) {
      throw isCancelled() ? cancelled(e) : e;
    } finally {
      settle(opened);
    }
    if (opened != null && isCancelled()) {
      throw cancelled(null);
    }
  }

  private void settle(@Nullable House opened) {
    boolean unwanted;
    synchronized (lock) {
      starter = null;
      unwanted = cancelled;
      house = unwanted ? null : opened;
      state = opened == null || unwanted ? State.CLOSED : State.RUNNING;
    }
    if (unwanted) {
      Thread.interrupted(); // that was for the start, which is over
    }
    if (opened == null || unwanted) {
      end(opened);
    }
  }

  private void end(@Nullable House closing) {
    try {
      if (closing != null) {
        closing.close();
      }
    } finally {
      ended.countDown();
    }
  }

  private boolean isCancelled() {
    synchronized (lock) {
      return cancelled;
    }
  }

  /**
   * Closes the house, or gives up opening it. Returns when nothing is open any more; closing again
   * does nothing.
   */
  @Override
  public void close() {
    @Nullable House closing;
    boolean mine;
    synchronized (lock) {
      mine = state == State.NEW || state == State.RUNNING;
      closing = house;
      house = null;
      if (state == State.STARTING) {
        cancelled = true;
        if (starter != null) {
          starter.interrupt();
        }
      } else {
        state = State.CLOSED;
      }
    }
    if (mine) {
      end(closing);
    } else {
      awaitEnd();
    }
  }

  /** Drains the house if it is open; see {@link House#drain()}. Gives up when interrupted. */
  public void drain() {
    @Nullable House draining;
    synchronized (lock) {
      draining = house;
    }
    if (draining != null) {
      try {
        draining.drain();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void awaitEnd() {
    boolean interrupted = false;
    while (true) {
      try {
        ended.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The house while it is open. */
  public House running() {
    synchronized (lock) {
      if (house == null) {
        throw new IllegalStateException("the gateway is not running");
      }
      return house;
    }
  }

  private static GatehouseException cancelled(@Nullable Throwable cause) {
    return new GatehouseException(
        LaunchErrorCode.START_CANCELLED,
        "The gateway was closed while it was starting.",
        "",
        cause);
  }
}
