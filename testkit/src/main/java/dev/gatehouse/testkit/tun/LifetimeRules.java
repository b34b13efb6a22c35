package dev.gatehouse.testkit.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.testkit.lab.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Rules about opening and closing.
 *
 * @since 0.1.0
 */
public abstract class LifetimeRules extends PressureRules {

  private static final TunSettings OTHER = TunSettings.of("ghkit0", "10.78.0.1/24", "fd78::1/64");
  private static final TunSettings SECOND = TunSettings.of("ghkit1", "10.79.0.1/24", "fd79::1/64");

  /** For the contract. */
  protected LifetimeRules() {}

  private static List<IpAddress> wanted(TunSettings settings) {
    return settings.addresses().stream().map(InterfaceAddress::address).toList();
  }

  private void expectGone(String name) throws Exception {
    assertThat(host().addresses(name)).as("addresses of %s", name).isEmpty();
    for (var shard : shards()) {
      assertThat(shard.isConsumed(Lane.TO_TUN)).as("the lane has a consumer").isFalse();
      Await.until("all batches to come back", patience(), () -> shard.pool().inFlight() == 0);
    }
  }

  /** Before its start a device tells what it will be, touches nothing, and can be closed. */
  @Test
  public void rule14beforeItsStartADeviceOnlyTells() throws Exception {
    var device = device(USUAL);
    assertThat(device.name()).isEqualTo(USUAL.name());
    assertThat(device.mtu()).isEqualTo(USUAL.mtu());
    assertThat(device.addresses().all()).isEqualTo(wanted(USUAL));
    assertThat(device.health().isOk()).as("health").isFalse();
    assertThat(device.status()).isNotNull();
    assertThat(host().addresses(USUAL.name())).isEmpty();
    device.close();
  }

  /** A started device has what it says, and says that it works. */
  @Test
  public void rule15aStartedDeviceHasWhatItSays() throws Exception {
    var device = started(USUAL);
    assertThat(device.health().problem()).isEmpty();
    assertThat(device.networks())
        .isEqualTo(USUAL.addresses().stream().map(InterfaceAddress::network).toList());
    assertThat(host().addresses(USUAL.name()))
        .containsExactlyInAnyOrderElementsOf(device.addresses().all());
    assertThat(device.status())
        .containsEntry("interface", USUAL.name())
        .containsEntry("mtu", USUAL.mtu())
        .containsEntry(
            "addresses", USUAL.addresses().stream().map(InterfaceAddress::toString).toList())
        .containsKey("drops");
  }

  /** After stop nothing comes out and nothing is taken; the interface goes with close. */
  @Test
  public void rule16afterStopNothingCrosses() throws Exception {
    var device = started(USUAL);
    crosses(device, PEERS);
    device.stop();
    rest();
    for (var shard : shards()) {
      assertThat(shard.isConsumed(Lane.TO_TUN)).as("the lane has a consumer").isFalse();
    }
    trySend(PEERS.getFirst());
    assertThat(next(QUIET)).as("a packet after stop").isNull();
    device.close();
    closed(device);
    expectGone(USUAL.name());
  }

  private void trySend(IpAddress to) {
    try {
      host().send(to, PEER_PORT, numbered(1, 100));
    } catch (Exception e) {
      // A host may know already that there is no way any more.
    }
  }

  /** Close in the middle of traffic: in time, without a batch lost or a packet afterwards. */
  @Test
  public void rule17closeWhileReadingAndWriting() throws Exception {
    for (int i = 0; i < 5; i++) {
      var device = started(USUAL);
      var flooding = new AtomicBoolean(true);
      var flood =
          Thread.ofPlatform()
              .start(() -> {
                while (flooding.get()) {
                  trySend(PEERS.getFirst());
                }
              });
      var packets = new ArrayList<byte @Nullable []>();
      for (int j = 0; j < 50; j++) {
        packets.add(toHost(device, PEERS.getFirst(), numbered(j, 500)));
      }
      try {
        next();
        for (int j = 0; j < 10; j++) {
          shards().forEach(shard -> write(shard, packets));
        }
        if (i % 2 == 0) {
          shut(device);
        } else {
          device.close();
          closed(device);
        }
      } finally {
        flooding.set(false);
        flood.join();
      }
      // Batches that were in a lane before may still be on their way to the collector.
      expectGoneWithQueues();
      rest();
      assertThat(next(QUIET)).as("a packet after close").isNull();
      drainHost();
    }
  }

  private void expectGoneWithQueues() throws Exception {
    for (var shard : shards()) {
      // In the shard's own time: until that is over, the consumer is the kit's and not a device's.
      CompletableFuture.runAsync(
              () -> shard.consume(Lane.TO_TUN, batch -> batch.close()).close(), shard::execute)
          .get(patience().toSeconds(), TimeUnit.SECONDS);
    }
    expectGone(USUAL.name());
  }

  private void drainHost() throws Exception {
    while (host().receive(QUIET) != null) {
      // what was under way
    }
  }

  /** The same device again, at once and several times. */
  @Test
  public void rule18adeviceCanBeReopened() throws Exception {
    for (int i = 0; i < 5; i++) {
      var device = started(USUAL);
      crosses(device, PEERS);
      shut(device);
      expectGone(USUAL.name());
    }
  }

  /** Reopened with other addresses it has these and no old ones. */
  @Test
  public void rule19addressesCanChange() throws Exception {
    shut(started(USUAL));
    var device = started(OTHER);
    assertThat(device.addresses().all()).isEqualTo(wanted(OTHER));
    assertThat(host().addresses(OTHER.name())).containsExactlyInAnyOrderElementsOf(wanted(OTHER));
    crosses(device, List.of(IpAddress.parse("10.78.0.9"), IpAddress.parse("fd78::9")));
    shut(device);
    shut(started(USUAL));
  }

  /** Two devices, each with its own shards, do not know of each other. */
  @Test
  public void rule20twoDevicesWorkSideBySide() throws Exception {
    var first = started(USUAL);
    try (var shard = new dev.gatehouse.testkit.LoopShard(0, 8)) {
      var second = create(SECOND, new TunContext(List.of(shard)));
      start(second);
      try {
        assertThat(host().addresses(SECOND.name()))
            .containsExactlyInAnyOrderElementsOf(wanted(SECOND));
        crosses(first, PEERS);
      } finally {
        second.stop();
        second.close();
      }
      assertThat(host().addresses(SECOND.name())).isEmpty();
      crosses(first, PEERS);
    }
  }

  /** After a thousand devices there are as many descriptors, threads and bytes as before. */
  @Test
  @Timeout(300)
  public void rule21athousandDevicesLeaveNothingBehind() throws Exception {
    for (int i = 0; i < 5; i++) {
      openAndClose(i);
    }
    var before = Resources.now();
    for (int i = 0; i < openings(); i++) {
      openAndClose(i);
    }
    Await.until(
        "what was there before: " + before,
        patience(),
        () -> Resources.now().isWithin(before),
        () -> "now there is " + Resources.now());
    expectGone(USUAL.name());
  }

  private void openAndClose(int turn) throws Exception {
    TunDevice device = device(USUAL);
    start(device);
    if (turn % 2 == 0) {
      device.stop();
    }
    device.close();
  }
}
