package dev.gatehouse.store.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.store.core.Operation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** An operation on its way through the writer, and the caller who waits for it. */
final class Request<R> {

  /** How often a waiting caller looks at the clock, which may be a virtual one. */
  private static final long GLANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Operation<R> operation;
  private final CompletableFuture<R> answer = new CompletableFuture<>();
  private final AtomicBoolean claimed = new AtomicBoolean();

  Request(Operation<R> operation) {
    this.operation = operation;
  }

  Operation<R> operation() {
    return operation;
  }

  /** Called by the writer; false if the caller has given up and nothing needs to be done. */
  boolean begin() {
    return claimed.compareAndSet(false, true) || operation.onlyEnds();
  }

  void succeed(R result) {
    answer.complete(result);
  }

  void fail(Throwable failure) {
    answer.completeExceptionally(failure);
  }

  R await(Deadline deadline, TimeSource time, BooleanSupplier writerLives) {
    try {
      while (true) {
        long left = deadline.remaining(time).toNanos();
        if (left <= 0 && !answer.isDone()) {
          claimed.compareAndSet(false, true);
          throw late();
        }
        try {
          return answer.get(Math.clamp(left, 0, GLANCE_NANOS), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          if (!writerLives.getAsBoolean() && !answer.isDone()) {
            throw Writer.closed();
          }
        }
      }
    } catch (InterruptedException e) {
      claimed.compareAndSet(false, true);
      Thread.currentThread().interrupt();
      throw new GatehouseException(
          StandardErrorCode.STORE_DEADLINE,
          "The caller was interrupted while it waited for the store.",
          "The write may or may not have happened: read to find out.",
          e);
    } catch (ExecutionException e) {
      throw rethrown(e.getCause() == null ? e : e.getCause());
    }
  }

  /** A failure of the writer's thread as the caller's own, with the caller's stack. */
  private static GatehouseException rethrown(Throwable failure) {
    if (failure instanceof GatehouseException known) {
      return new GatehouseException(known.code(), known.problem(), known.fix(), known);
    }
    return new GatehouseException(
        StandardErrorCode.INTERNAL,
        "The store failed unexpectedly.",
        "Look into the log, and report this as a bug.",
        failure);
  }

  static GatehouseException late() {
    return new GatehouseException(
        StandardErrorCode.STORE_DEADLINE,
        "The store did not answer before the deadline.",
        "A write may or may not have happened: read to find out, then try again.");
  }
}
