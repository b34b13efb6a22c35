package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.testkit.LoopShard;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.tun.Datagrams;
import dev.gatehouse.testkit.tun.TunContext;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** A device on the stand-in with a shard, and what tests do with them. */
final class StandInBench implements AutoCloseable {

  static final String NAME = "gatehouse0";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  final StandIn standIn = StandIn.load();
  final LoopShard shard = new LoopShard(0, 16);
  final List<byte[]> received = new CopyOnWriteArrayList<>();
  final WindowsTun tun;

  StandInBench() {
    this(config(false));
  }

  StandInBench(WindowsTunConfig config) {
    tun = new WindowsTun(config, new TunContext(List.of(shard)), standIn.libraries());
    shard.execute(() -> shard.consume(Lane.FROM_TUN, this::collect));
  }

  static WindowsTunConfig config(boolean deleteDriver) {
    var defaults = WindowsTunConfig.DEFAULT;
    return new WindowsTunConfig(
        NAME,
        defaults.addresses(),
        1420,
        7,
        List.of(Cidr.parse("10.1.0.0/16")),
        128 * 1024,
        Optional.empty(),
        Optional.empty(),
        deleteDriver);
  }

  private void collect(PacketBatch batch) {
    try (batch) {
      for (int i = 0; i < batch.size(); i++) {
        received.add(
            batch.slab().asSlice(batch.offset(i), batch.length(i)).toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  static byte[] packet(int number) {
    var payload = ("packet " + number).getBytes(StandardCharsets.UTF_8);
    return Datagrams.packet(
        IpAddress.parse("100.64.0.1"), 1000, IpAddress.parse("100.64.0.9"), 2000, payload);
  }

  /** A packet arrives in the ring; unless it is lost for lack of room. */
  void arrive(byte[] packet) {
    standIn.control.standin_inject(NAME, packet, packet.length, 1);
  }

  /** The plugin is given packets to write. */
  void write(List<byte[]> packets) {
    shard.execute(() -> {
      var batch = shard.pool().acquire();
      for (var packet : packets) {
        int at = batch.reserve(packet.length);
        MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
        batch.commit(at, packet.length);
      }
      if (!shard.lane(Lane.TO_TUN).offer(batch)) {
        batch.close();
      }
    });
  }

  /** Everything the plugin has sent since the last call. */
  List<byte[]> sent() {
    var sent = new ArrayList<byte[]>();
    var buffer = new byte[65536];
    for (int length = take(buffer); length >= 0; length = take(buffer)) {
      sent.add(Arrays.copyOf(buffer, length));
    }
    return sent;
  }

  private int take(byte[] buffer) {
    return standIn.control.standin_take_sent(NAME, buffer, buffer.length);
  }

  void await(String what, BooleanSupplier condition) {
    Await.until(what, PATIENCE, condition, () -> tun.status().toString());
  }

  void awaitStatus(String key, Object value) {
    await(key + " to be " + value, () -> value.equals(tun.status().get(key)));
  }

  /** One packet each way. */
  void crosses(int number) {
    int before = received.size();
    arrive(packet(number));
    await("packet " + number, () -> received.size() == before + 1);
    write(List.of(packet(number)));
    var sent = new ArrayList<byte[]>();
    await("packet " + number + " to be sent", () -> sent.addAll(sent()) || !sent.isEmpty());
  }

  @Override
  public void close() {
    tun.close();
    shard.close();
  }
}
