package dev.gatehouse.launcher.plugin;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Asks foreign code something on a thread of its own, and does not wait for ever. */
public final class Patience {

  /** How long a plugin may take to say who it is or to read its section. */
  public static final Duration LIMIT = Duration.ofSeconds(10);

  private Patience() {}

  /** A question that was asked. */
  public static final class Question<T> {
    private final CompletableFuture<T> answer;
    private final Thread thread;

    private Question(CompletableFuture<T> answer, Thread thread) {
      this.answer = answer;
      this.thread = thread;
    }

    /**
     * Waits for the answer, also if the caller is interrupted.
     *
     * @throws TimeoutException if there is none in time; the thread was interrupted and left behind
     * @throws ExecutionException if asking failed
     */
    public T await(Duration limit) throws TimeoutException, ExecutionException {
      long end = System.nanoTime() + limit.toNanos();
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return answer.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      } catch (TimeoutException e) {
        thread.interrupt();
        throw e;
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  /** Asks without waiting. */
  public static <T> Question<T> ask(String name, Supplier<T> supplier) {
    var answer = new CompletableFuture<T>();
    var thread =
        Thread.ofPlatform()
            .daemon()
            .name("gatehouse-" + name)
            .start(() -> {
              try {
                answer.complete(supplier.get());
              } catch (Throwable e) { // whatever it is, it is the answer
                answer.completeExceptionally(e);
              }
            });
    return new Question<>(answer, thread);
  }
}
