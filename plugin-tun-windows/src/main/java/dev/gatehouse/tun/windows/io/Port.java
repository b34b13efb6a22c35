package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The writing side of the device as one shard has it. */
final class Port {

  private final Shard shard;
  private final Traffic traffic = new Traffic();
  private final RingWriter writer;
  private Shard.@Nullable Watch consumer;

  Port(WindowsApi api, Shard shard) {
    this.shard = shard;
    this.writer = new RingWriter(api, traffic);
  }

  /** Begins to take packets. */
  void attach(long session) throws InterruptedException {
    onShard(
        shard,
        () -> {
          writer.session(session);
          consumer = shard.consume(Lane.TO_TUN, writer);
        });
  }

  /** Changes the session; when this returns nobody uses the old one here. */
  void session(long handle) throws InterruptedException {
    onShard(shard, () -> writer.session(handle));
  }

  /** Ends it; when this returns nothing is written any more. */
  void detach() throws InterruptedException {
    onShard(
        shard,
        () -> {
          writer.session(0);
          if (consumer != null) {
            consumer.close();
            consumer = null;
          }
        });
  }

  Traffic traffic() {
    return traffic;
  }

  /** Runs a task on a shard's thread and waits for it. */
  static void onShard(Shard shard, Runnable task) throws InterruptedException {
    if (shard.isCurrent()) {
      task.run();
      return;
    }
    var done = new CompletableFuture<@Nullable Void>();
    shard.execute(() -> {
      try {
        task.run();
        done.complete(null);
      } catch (RuntimeException | Error e) {
        done.completeExceptionally(e);
      }
    });
    try {
      done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e);
    }
  }
}
