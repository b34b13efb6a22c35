package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.store.postgres.core.Operation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** An operation on its way through the writer, and the caller who waits for it. */
final class Request<R> {

  /** How often a waiting caller looks at the clock, which may be a virtual one. */
  private static final long GLANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Operation<R> operation;
  private final CompletableFuture<R> answer = new CompletableFuture<>();
  private final AtomicBoolean abandoned = new AtomicBoolean();

  Request(Operation<R> operation) {
    this.operation = operation;
  }

  Operation<R> operation() {
    return operation;
  }

  /**
   * Whether it is still to be carried out: it was not answered, and either somebody waits or it
   * only takes access away.
   */
  boolean isWanted() {
    return !answer.isDone() && (!abandoned.get() || operation.onlyEnds());
  }

  /** Whether somebody waits for the answer. */
  boolean isAwaited() {
    return !abandoned.get() && !answer.isDone();
  }

  void succeed(R result) {
    answer.complete(result);
  }

  void fail(Throwable failure) {
    answer.completeExceptionally(failure);
  }

  R await(Deadline deadline, TimeSource time) {
    try {
      while (true) {
        long left = deadline.remaining(time).toNanos();
        if (left <= 0 && !answer.isDone()) {
          abandoned.set(true);
          throw Problems.late();
        }
        try {
          return answer.get(Math.clamp(left, 0, GLANCE_NANOS), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          // looks at the clock again
        }
      }
    } catch (InterruptedException e) {
      abandoned.set(true);
      Thread.currentThread().interrupt();
      throw interrupted(e);
    } catch (ExecutionException e) {
      throw rethrown(e.getCause() == null ? e : e.getCause());
    }
  }

  static GatehouseException interrupted(InterruptedException e) {
    return new GatehouseException(
        StandardErrorCode.STORE_DEADLINE,
        "The caller was interrupted while it waited for the store.",
        "A write may or may not have happened: read to find out.",
        e);
  }

  /** A failure of another thread as the caller's own, with the caller's stack. */
  static GatehouseException rethrown(Throwable failure) {
    if (failure instanceof GatehouseException known) {
      return new GatehouseException(known.code(), known.problem(), known.fix(), known);
    }
    return new GatehouseException(
        StandardErrorCode.INTERNAL,
        "The store failed unexpectedly.",
        "Look into the log, and report this as a bug.",
        failure);
  }
}
