package dev.gatehouse.api.packet;

/**
 * The producing end of a lane: bounded, in order, one producer thread.
 *
 * @since 0.1.0
 */
public interface PacketLane {

  /**
   * Hands a batch to the lane's consumer.
   *
   * @return true if the batch now belongs to the lane; false if the lane is full, in which case the
   *     batch is still the caller's, who stops reading or drops it with {@link
   *     DropReason#LANE_FULL}
   */
  boolean offer(PacketBatch batch);

  /** How many more batches the lane takes right now; about right on other threads. */
  int credits();

  /** How many batches the lane takes when it is empty; 0 if that is not known. Any thread. */
  default int capacity() {
    return 0;
  }
}
