package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.testkit.LoopShard;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Looks at every batch a device hands out, and remembers what is wrong with it. */
final class BatchRules {

  private static final int MOST = 20;

  private final int mtu;
  private final List<String> broken = new ArrayList<>();

  BatchRules(int mtu) {
    this.mtu = mtu;
  }

  /** What was wrong so far, no more than a few lines. */
  synchronized List<String> broken() {
    return List.copyOf(broken);
  }

  /** Borrows a batch. */
  synchronized void look(LoopShard shard, PacketBatch batch) {
    require(shard.isCurrent(), "a batch came on a thread that is not the shard's");
    require(!batch.isEmpty(), "an empty batch came");
    require(batch.size() <= PacketBatch.CAPACITY, "a batch has " + batch.size() + " entries");
    int end = 0;
    for (int i = 0; i < batch.size(); i++) {
      int at = batch.offset(i);
      int length = batch.length(i);
      require(at >= end + PacketBatch.HEADROOM, "entry " + i + " has no headroom");
      end = at + length;
      require(
          end + PacketBatch.TAILROOM <= batch.slab().byteSize(), "entry " + i + " has no tailroom");
      require(batch.peer(i) == PacketBatch.NO_PEER, "entry " + i + " has a peer");
      var packet = batch.slab().asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
      int told = Datagrams.length(packet);
      require(told == length, "entry " + i + " has " + length + " bytes and says " + told);
      require(
          batch.segmentSize(i) > 0 ? batch.segmentSize(i) < mtu : length <= mtu,
          "entry " + i + " is larger than the MTU: " + length);
    }
  }

  private void require(boolean holds, String otherwise) {
    if (!holds && broken.size() < MOST) {
      broken.add(otherwise);
    }
  }
}
