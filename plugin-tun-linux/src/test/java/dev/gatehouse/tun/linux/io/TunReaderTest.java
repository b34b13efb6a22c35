package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.TestShard;
import dev.gatehouse.testkit.TrackingPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The reader stops where nobody takes its packets, and always goes on again. */
class TunReaderTest {

  private static final int DESCRIPTOR = 5;

  private final ManualTime time = new ManualTime();
  private final TrackingPool pool = new TrackingPool(4);
  private final TestShard shard = new TestShard(time, pool);
  private final FakeDevice device = new FakeDevice();
  private final Traffic traffic = new Traffic();
  private final DeviceState state = new DeviceState();
  private final List<PacketBatch> taken = new ArrayList<>();
  private TunReader reader = reader(Offload.NONE);

  private TunReader reader(Offload offload) {
    return new TunReader(device.library(), DESCRIPTOR, offload, 1420, shard, traffic, state);
  }

  @AfterEach
  void everyBatchCameBack() {
    reader.stop();
    taken.forEach(PacketBatch::close);
    for (var batch = shard.take(Lane.FROM_TUN); batch != null; batch = shard.take(Lane.FROM_TUN)) {
      batch.close();
    }
    pool.assertAllReturned();
  }

  private static byte[] packet(int number) {
    return Packets.echoRequest("10.0.0.1", "10.0.0.2", number, new byte[40]);
  }

  private void readable(int packets) {
    for (int i = 0; i < packets; i++) {
      device.readable.add(packet(i));
    }
  }

  private PacketBatch take() {
    var batch = shard.take(Lane.FROM_TUN);
    assertThat(batch).isNotNull();
    if (batch == null) {
      throw new AssertionError();
    }
    taken.add(batch);
    return batch;
  }

  @Test
  void oneTurnReadsSixtyFourPacketsAndSaysSo() {
    readable(70);
    reader.start();
    assertThat(shard.pump(DESCRIPTOR)).isTrue();
    assertThat(shard.pump(DESCRIPTOR)).isTrue();
    assertThat(shard.pump(DESCRIPTOR)).isFalse();
    assertThat(take().size()).isEqualTo(64);
    assertThat(take().size()).isEqualTo(6);
    assertThat(traffic.of(Traffic.READ_PACKETS)).isEqualTo(70);
    assertThat(traffic.of(Traffic.PAUSES)).isZero();
  }

  @Test
  void whatIsReadIsWhatWasThere() {
    device.readable.add(packet(77));
    reader.start();
    shard.pump(DESCRIPTOR);
    var batch = take();
    assertThat(Packets.bytes(batch, 0)).isEqualTo(packet(77));
    assertThat(batch.offset(0) % 64).isZero();
    assertThat(batch.segmentSize(0)).isZero();
  }

  @Test
  void aFullLaneStopsReadingAndNothingIsLost() {
    shard.capacity(Lane.FROM_TUN, 1);
    readable(200);
    reader.start();
    assertThat(shard.pump(DESCRIPTOR)).isTrue();
    int reads = device.reads;
    assertThat(shard.pump(DESCRIPTOR)).isFalse();
    assertThat(shard.pump(DESCRIPTOR)).as("no call while it does not want to read").isFalse();
    assertThat(device.reads).isEqualTo(reads);
    assertThat(traffic.of(Traffic.PAUSES)).isEqualTo(1);
    long seen = 0;
    for (int i = 0; i < 10; i++) {
      var batch = shard.take(Lane.FROM_TUN);
      if (batch != null) {
        seen += batch.size();
        batch.close();
      }
      shard.advance(Duration.ofMillis(1));
      shard.pump(DESCRIPTOR);
    }
    assertThat(seen).isEqualTo(200);
    assertThat(traffic.drops().total()).isZero();
  }

  @Test
  void anEmptyPoolStopsReadingUntilABatchComesBack() {
    var all = new ArrayList<PacketBatch>();
    for (int i = 0; i < pool.capacity(); i++) {
      all.add(pool.acquire());
    }
    readable(3);
    reader.start();
    assertThat(shard.pump(DESCRIPTOR)).isFalse();
    shard.advance(Duration.ofMillis(20));
    assertThat(device.reads).isZero();
    assertThat(traffic.of(Traffic.PAUSES)).as("one pause, however long").isEqualTo(1);
    all.forEach(PacketBatch::close);
    shard.advance(Duration.ofMillis(1));
    assertThat(take().size()).isEqualTo(3);
    device.readable.add(packet(9));
    assertThat(shard.pump(DESCRIPTOR)).as("wants to read again").isTrue();
  }

  @Test
  void aLaneThatRefusesWhatItHadRoomForGetsItAgain() {
    shard.capacity(Lane.FROM_TUN, 1);
    readable(65);
    reader.start();
    shard.pump(DESCRIPTOR);
    shard.pump(DESCRIPTOR);
    take();
    shard.advance(Duration.ofMillis(1));
    assertThat(take().size()).isEqualTo(1);
    assertThat(device.readable).isEmpty();
  }

  @Test
  void badPacketsAreCountedAndOthersGoOn() {
    device.readable.add(new byte[] {1, 2, 3});
    device.readable.add(new byte[0]);
    device.readable.add(packet(1));
    var longer = packet(2);
    Packets.put16(longer, 2, longer.length + 1);
    device.readable.add(longer);
    reader.start();
    shard.pump(DESCRIPTOR);
    assertThat(take().size()).isEqualTo(1);
    assertThat(traffic.drops().of(DropReason.MALFORMED)).isEqualTo(3);
  }

  @Test
  void aPacketLongerThanTheMtuIsCounted() {
    device.readable.add(Packets.echoRequest("10.0.0.1", "10.0.0.2", 1, new byte[1400]));
    reader.start();
    assertThat(shard.pump(DESCRIPTOR)).isFalse();
    assertThat(traffic.drops().of(DropReason.TOO_BIG)).isEqualTo(1);
  }

  @Test
  void aDeviceThatIsGoneIsNotAskedAgain() {
    device.emptyError = 77;
    reader.start();
    assertThat(shard.pump(DESCRIPTOR)).isFalse();
    assertThat(state.errno()).isEqualTo(77);
    int reads = device.reads;
    shard.pump(DESCRIPTOR);
    shard.advance(Duration.ofMillis(50));
    assertThat(device.reads).isEqualTo(reads);
  }

  @Test
  void trainsComeWithTheirSegmentSizeAndAFewEndTheTurn() {
    reader = reader(new Offload(true, true, true));
    var payload = new byte[40_000];
    var train = Packets.udp("10.0.0.1", 1, "10.0.0.2", 2, payload);
    var read = new byte[10 + train.length];
    System.arraycopy(train, 0, read, 10, train.length);
    var header = java.lang.foreign.MemorySegment.ofArray(read);
    dev.gatehouse.tun.linux.core.VirtioHeader.write(header, 0, 1, 5, 28, 1392, 20, 6);
    for (int i = 0; i < 5; i++) {
      device.readable.add(read);
    }
    reader.start();
    shard.pump(DESCRIPTOR);
    var batch = take();
    assertThat(batch.size()).isEqualTo(4);
    for (int i = 0; i < 4; i++) {
      assertThat(batch.segmentSize(i)).isEqualTo(1392);
      assertThat(Packets.bytes(batch, i)).isEqualTo(train);
    }
    assertThat(traffic.of(Traffic.READ_PACKETS)).isEqualTo(4 * 29);
    assertThat(device.readable).hasSize(1);
  }

  @Test
  void stoppingGivesBackWhatItHolds() {
    shard.capacity(Lane.FROM_TUN, 0);
    readable(3);
    reader.start();
    shard.pump(DESCRIPTOR);
    reader.stop();
    assertThat(shard.pump(DESCRIPTOR)).isFalse();
    assertThat(pool.inFlight()).isZero();
  }
}
