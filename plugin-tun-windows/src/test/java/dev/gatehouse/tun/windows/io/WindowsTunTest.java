package dev.gatehouse.tun.windows.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.testkit.LoopShard;
import dev.gatehouse.testkit.tun.TunContext;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The device against stand-ins for the driver and the system. */
@Timeout(300)
class WindowsTunTest {

  private final FakeWindows windows = new FakeWindows();
  private final LoopShard shard = new LoopShard(0, 16);
  private final List<byte[]> received = new CopyOnWriteArrayList<>();
  private final WindowsTun tun =
      new WindowsTun(WindowsTunConfig.DEFAULT, context(shard), windows::api);

  private static PluginContext context(LoopShard shard) {
    return new TunContext(List.of(shard));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    tun.stop();
    tun.close();
    assertThat(windows.open()).as("sessions, adapters and packets left").isZero();
    assertThat(windows.misuse).isEmpty();
    shard.close();
  }

  private void start() throws InterruptedException {
    shard.consume(Lane.FROM_TUN, this::collect);
    tun.start();
  }

  private void collect(PacketBatch batch) {
    try (batch) {
      for (int i = 0; i < batch.size(); i++) {
        var bytes = batch.slab().asSlice(batch.offset(i), batch.length(i));
        received.add(bytes.toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  private static byte[] packet(int number, int length) {
    var packet = new byte[length];
    Arrays.fill(packet, (byte) number);
    packet[0] = 0x45;
    packet[2] = (byte) (length >>> 8);
    packet[3] = (byte) length;
    return packet;
  }

  private void send(byte[]... packets) {
    shard.execute(() -> {
      var batch = shard.pool().acquire();
      for (var packet : packets) {
        int at = batch.reserve(packet.length);
        MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, packet.length);
        batch.commit(at, packet.length);
      }
      assertThat(shard.lane(Lane.TO_TUN).offer(batch)).isTrue();
    });
  }

  private void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + 60_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("deadline for " + what).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private Object status(String key) {
    return tun.status().getOrDefault(key, "nothing");
  }

  @Test
  void packetsCrossInBothDirectionsInOrder() throws Exception {
    start();
    for (int i = 1; i <= 100; i++) {
      windows.arrive(packet(i, 20 + i), true);
    }
    await("packets", () -> received.size() == 100);
    for (int i = 1; i <= 100; i++) {
      assertThat(received.get(i - 1)).isEqualTo(packet(i, 20 + i));
    }
    send(packet(1, 60), packet(2, 1420), packet(3, 20));
    await("sent", () -> windows.sent().size() == 3);
    assertThat(windows.sent()).containsExactly(packet(1, 60), packet(2, 1420), packet(3, 20));
    await("counted", () -> status("packets-written").equals(3L));
    assertThat(status("drops")).isEqualTo(Map.of());
    assertThat(tun.health().isOk()).isTrue();
  }

  @Test
  void theAdapterGetsItsMtuAndAddresses() throws Exception {
    start();
    assertThat(windows.rows)
        .containsExactly(
            "adapter gatehouse0",
            "mtu 1420",
            "address family 2/16 of 119",
            "mtu 1420",
            "address family 23/64 of 119");
  }

  @Test
  void aSystemWithoutIpv6GetsTheIpv4AddressOnly() throws Exception {
    windows.noIpv6 = true;
    start();
    assertThat(tun.networks()).hasToString("[100.64.0.0/16]");
  }

  @Test
  void aMissingRightIsOneSentenceWithTheFix() {
    windows.createError = WindowsError.ACCESS_DENIED;
    assertThatThrownBy(tun::start)
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("may not be created")
        .hasMessageContaining("administrator");
  }

  @Test
  void anAdapterLeftByACrashIsTakenOver() throws Exception {
    windows.leftover = true;
    start();
    assertThat(tun.health().isOk()).isTrue();
  }

  @Test
  void noWaitIsLongerThanAQuarterOfASecond() throws Exception {
    start();
    await("a wait", () -> windows.waits > 1);
    assertThat(windows.longestWait).isBetween(1, 250);
  }

  @Test
  void aForgottenSignalDelaysAPacketOnlyAndIsCounted() throws Exception {
    start();
    await("a wait", () -> windows.waits > 0);
    windows.arrive(packet(1, 40), false);
    await("the packet", () -> received.size() == 1);
    await("counted", () -> status("lost-wake-ups").equals(1L));
  }

  @Test
  void aFullRingDropsAfterAFewTriesAndCounts() throws Exception {
    windows.room = 1;
    start();
    send(packet(1, 40), packet(2, 40), packet(3, 40));
    await("drops", () -> status("drops").equals(Map.of("device_failed", 2L)));
    assertThat(windows.sent()).containsExactly(packet(1, 40));
    assertThat(windows.allocations).isEqualTo(1 + 2 * RingWriter.TRIES);
    assertThat(status("ring-full")).isEqualTo(2L);
    windows.room = 10;
    send(packet(4, 40));
    await("the next", () -> windows.sent().size() == 2);
  }

  @Test
  void aCorruptRingIsReplacedOnceAndTrafficGoesOn() throws Exception {
    start();
    windows.breakRing(WindowsError.INVALID_DATA);
    await("the rebuild", () -> status("rebuilds").equals(1L));
    windows.arrive(packet(1, 40), true);
    await("the packet", () -> received.size() == 1);
    send(packet(2, 40));
    await("sent", () -> windows.sent().size() == 1);
    assertThat(tun.health().isOk()).isTrue();
    // Again at once: now the adapter is opened anew, after a pause.
    windows.breakRing(WindowsError.INVALID_DATA);
    await("health", () -> tun.health().problem().orElse("").contains("corrupt ring"));
    await("the new adapter", () -> tun.health().isOk());
    assertThat(status("rebuilds")).isEqualTo(2L);
  }

  @Test
  void anAdapterThatGoesAwayShowsInHealthAndIsOpenedAgain() throws Exception {
    start();
    windows.breakRing(WindowsError.HANDLE_EOF);
    await(
        "health", () -> tun.health().problem().orElse("").contains("went away; it is tried again"));
    await("the new adapter", () -> tun.health().isOk());
    windows.arrive(packet(1, 40), true);
    await("the packet", () -> received.size() == 1);
  }

  @Test
  void whatIsNoPacketIsCountedAndGivenBack() throws Exception {
    start();
    windows.arrive(new byte[5], true);
    windows.arrive(packet(1, 1421), true);
    var longer = packet(2, 40);
    longer[3] = 41;
    windows.arrive(longer, true);
    windows.arrive(packet(3, 40), true);
    await("the good one", () -> received.size() == 1);
    await("drops", () -> status("drops").equals(Map.of("malformed", 2L, "too_big", 1L)));
  }

  @Test
  void aLaneThatTakesNothingStopsTheReaderWithoutLoss() throws Exception {
    shard.capacity(Lane.FROM_TUN, 0);
    start();
    for (int i = 0; i < 3000; i++) {
      windows.arrive(packet(i, 40), true);
    }
    await("a pause", () -> (long) status("pauses") > 0);
    assertThat(windows.isDrained()).isFalse();
    shard.capacity(Lane.FROM_TUN);
    await("everything", () -> received.size() == 3000);
    assertThat(status("drops")).isEqualTo(Map.of());
  }

  @Test
  void manyDevicesLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 50; i++) {
      var each = new WindowsTun(WindowsTunConfig.DEFAULT, context(shard), windows::api);
      each.start();
      if (i % 2 == 0) {
        each.stop();
      }
      each.close();
      assertThat(windows.open()).isZero();
    }
  }
}
