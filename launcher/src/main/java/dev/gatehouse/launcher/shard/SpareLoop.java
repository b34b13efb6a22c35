package dev.gatehouse.launcher.shard;

import io.netty.channel.EventLoop;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.Optional;

/** An event loop that carries no packets, for work beside them. */
public final class SpareLoop {

  private static final int TRIES = 64;

  private final BusScope scope;
  private final EventLoop loop;

  private SpareLoop(BusScope scope, EventLoop loop) {
    this.scope = scope;
    this.loop = loop;
  }

  /** A loop of the scope's Vert.x that is none of these shards'; empty if all of them are. */
  public static Optional<SpareLoop> beside(BusScope scope, List<EventLoopShard> shards) {
    var taken = shards.stream().map(EventLoopShard::loop).toList();
    var vertx = (VertxInternal) scope.vertx();
    for (int i = 0; i < TRIES; i++) {
      var loop = vertx.createEventLoopContext().nettyEventLoop();
      if (!taken.contains(loop)) {
        return Optional.of(new SpareLoop(scope, loop));
      }
    }
    return Optional.empty();
  }

  /**
   * Opens a shard on it.
   *
   * @param index its number; none of the gateway's own
   */
  public EventLoopShard open(int index, ShardSettings settings) {
    return EventLoopShard.openOn(loop, scope, index, settings);
  }
}
