package dev.gatehouse.admin.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for the event loops from a virtual thread. */
final class Futures {

  private Futures() {}

  /**
   * The future's result.
   *
   * @throws GatehouseException if it failed or took too long
   */
  static <T> T get(Future<T> future, Duration timeout) throws InterruptedException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(Math.max(1, timeout.toMillis()), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatehouseException known) {
        throw known;
      }
      throw new GatehouseException(
          StandardErrorCode.INTERNAL,
          "A part of the gateway did not do what it was asked for.",
          "Its log says more.",
          e.getCause());
    } catch (TimeoutException e) {
      throw new GatehouseException(
          StandardErrorCode.INTERNAL,
          "A part of the gateway did not answer within " + timeout.toMillis() + " ms.",
          "Try again; if it stays like this, its log says more.",
          e);
    }
  }
}
