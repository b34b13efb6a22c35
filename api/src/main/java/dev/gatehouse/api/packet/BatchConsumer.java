package dev.gatehouse.api.packet;

/**
 * The consuming end of a lane; called on the shard's thread only.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface BatchConsumer {

  /** Takes ownership of a batch. Must not block. */
  void accept(PacketBatch batch);
}
