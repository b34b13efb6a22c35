package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.SlabPool;
import dev.gatehouse.testkit.Allocations;
import dev.gatehouse.tun.linux.abi.CLibrary;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Packets on their way to a real device cost no allocation. */
@Tag("kernel")
@Timeout(300)
class SteadyStateTest {

  private static final int PACKETS = 60;
  private static final int ROUNDS = 500;
  private static final int ENOUGH = 16;

  @Test
  void writingTrainsAllocatesNothingPerPacket() throws Exception {
    Namespace.run(() -> {
      try (var device =
              Device.open(Device.config("ght0", true, "10.77.0.1/24"), PacketBatch::close);
          var descriptor = TunDescriptor.open(CLibrary.load(), "ght1", true, false);
          var writer =
              new TunWriter(
                  CLibrary.load(),
                  descriptor.number(),
                  descriptor.offload(),
                  new Traffic(),
                  new DeviceState())) {
        assertThat(device.tun.health().isOk()).isTrue();
        assertThat(bytesPerPacket(writer)).isLessThan(ENOUGH);
      }
    });
  }

  private static long bytesPerPacket(TunWriter writer) {
    var packets = new ArrayList<byte[]>();
    for (int i = 0; i < PACKETS; i++) {
      packets.add(Packets.udp("10.0.0.9", 4000 + i / 20, "10.0.0.1", 53, new byte[600]));
    }
    var pool = new SlabPool(1, SlabPool.DEFAULT_SLAB_BYTES);
    for (int i = 0; i < 4 * ROUNDS; i++) {
      write(writer, pool, packets);
    }
    long bytes =
        Allocations.least(
            () -> {
              for (int i = 0; i < ROUNDS; i++) {
                write(writer, pool, packets);
              }
            },
            (long) ENOUGH * ROUNDS * PACKETS);
    pool.close();
    return bytes / (ROUNDS * PACKETS);
  }

  private static void write(TunWriter writer, SlabPool pool, List<byte[]> packets) {
    var batch = pool.tryAcquire();
    if (batch == null) {
      throw new AssertionError("the batch was not given back");
    }
    for (int i = 0; i < packets.size(); i++) {
      Packets.add(batch, packets.get(i));
    }
    writer.accept(batch);
  }
}
