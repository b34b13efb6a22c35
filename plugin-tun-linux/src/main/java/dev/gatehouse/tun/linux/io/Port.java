package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.tun.linux.abi.CLibrary;
import org.jspecify.annotations.Nullable;

/** The device as one shard has it. */
final class Port implements AutoCloseable {

  private final Shard shard;
  private final Offload offload;
  private final Traffic traffic = new Traffic();
  private final TunWriter writer;
  private final @Nullable TunReader reader;
  private Shard.@Nullable Watch consumer;

  /** A port that is not attached yet. */
  Port(
      CLibrary libc,
      TunDescriptor descriptor,
      int mtu,
      boolean reads,
      Shard shard,
      DeviceState state) {
    this.shard = shard;
    this.offload = descriptor.offload();
    this.writer = new TunWriter(libc, descriptor.number(), offload, traffic, state);
    this.reader =
        reads
            ? new TunReader(libc, descriptor.number(), offload, mtu, shard, traffic, state)
            : null;
  }

  /** Begins to move packets; the shard's thread only. */
  void attach() {
    consumer = shard.consume(Lane.TO_TUN, writer);
    if (reader != null) {
      try {
        reader.start();
      } catch (UnsupportedOperationException e) {
        throw TunErrors.noWatch(e);
      }
    }
  }

  /** Ends it; the shard's thread only. Nothing uses the descriptor afterwards. */
  void detach() {
    if (reader != null) {
      reader.stop();
    }
    if (consumer != null) {
      consumer.close();
      consumer = null;
    }
  }

  Shard shard() {
    return shard;
  }

  Offload offload() {
    return offload;
  }

  Traffic traffic() {
    return traffic;
  }

  boolean mergesTcp() {
    return writer.mergesTcp();
  }

  boolean mergesUdp() {
    return writer.mergesUdp();
  }

  /** Frees the memory; after {@link #detach()} only. */
  @Override
  public void close() {
    writer.close();
  }
}
