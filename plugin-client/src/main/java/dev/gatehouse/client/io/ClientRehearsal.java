package dev.gatehouse.client.io;

import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A stage of its own that judges packets in both directions, most of which are allowed. */
final class ClientRehearsal implements Rehearsal {

  private static final int PIECE = 256;

  private final Shard shard;
  private final ClientStage stage;
  private final List<Shard.Watch> consumers = new ArrayList<>();
  private final MemorySegment up = MadeUpPackets.offHeap(MadeUpPackets.UP.tcp(1, 2 * PIECE));
  private final MemorySegment down = MadeUpPackets.offHeap(MadeUpPackets.DOWN.tcp(1, PIECE));
  private int rounds;
  private int passed;

  ClientRehearsal(ClientStage stage, Shard shard) {
    this.stage = stage;
    this.shard = shard;
    consumers.add(shard.consume(Lane.TO_TUN, this::take));
    consumers.add(shard.consume(Lane.TO_TUNNEL, this::take));
    stage.attach(shard);
  }

  private void take(PacketBatch batch) {
    passed += batch.size();
    batch.close();
  }

  /** Entries that passed so far. */
  int passed() {
    return passed;
  }

  @Override
  public void round() {
    rounds++;
    boolean strange = rounds % 16 == 0;
    offer(Lane.FROM_TUN, strange ? down : up, PIECE, 2);
    offer(Lane.FROM_TUNNEL, strange ? up : down, 0, 4);
  }

  private void offer(Lane lane, MemorySegment packet, int segment, int times) {
    var batch = shard.pool().tryAcquire();
    if (batch == null) {
      return;
    }
    for (int i = 0; i < times; i++) {
      MadeUpPackets.add(batch, packet, segment);
    }
    if (!shard.lane(lane).offer(batch)) {
      batch.close();
    }
  }

  @Override
  public void close() {
    stage.close();
    consumers.forEach(Shard.Watch::close);
  }
}
