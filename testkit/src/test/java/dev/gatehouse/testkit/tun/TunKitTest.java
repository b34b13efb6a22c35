package dev.gatehouse.testkit.tun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.TunDevice;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kit is worth something only if it catches devices that are wrong. */
@Timeout(300)
class TunKitTest {

  private interface Maker {
    TunDevice make(TunSettings settings, PluginContext context, MemoryHost host);
  }

  private static final class Kit extends TunDeviceContract {
    private final Maker maker;
    private final MemoryHost host = new MemoryHost();

    Kit(Maker maker) {
      this.maker = maker;
    }

    @Override
    protected TunDevice create(TunSettings settings, PluginContext context) {
      return maker.make(settings, context, host);
    }

    @Override
    protected TunHost openHost() {
      return host;
    }

    @Override
    protected Duration patience() {
      return Duration.ofMillis(800);
    }

    @Override
    protected int openings() {
      return 100;
    }
  }

  private static List<Method> rules() {
    return Arrays.stream(TunDeviceContract.class.getMethods())
        .filter(method -> method.isAnnotationPresent(Test.class))
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  private static int numberOf(Method rule) {
    return Integer.parseInt(rule.getName().substring(4, 6));
  }

  private static SortedMap<Integer, Throwable> failures(Maker maker, int... numbers)
      throws Exception {
    var failures = new TreeMap<Integer, Throwable>();
    for (var rule : rules()) {
      int number = numberOf(rule);
      if (numbers.length > 0 && Arrays.stream(numbers).noneMatch(each -> each == number)) {
        continue;
      }
      var kit = new Kit(maker);
      kit.openBench();
      try {
        rule.invoke(kit);
      } catch (InvocationTargetException e) {
        failures.put(number, e.getCause());
      } finally {
        try {
          kit.closeBench();
        } catch (AssertionError e) {
          failures.putIfAbsent(number, e);
        }
      }
    }
    return failures;
  }

  private static void assertCaught(int rule, Maker wrong) throws Exception {
    assertThat(failures(wrong, rule)).containsOnlyKeys(rule);
  }

  @Test
  void everyRuleHasItsNumber() {
    assertThat(rules())
        .extracting(TunKitTest::numberOf)
        .isEqualTo(IntStream.rangeClosed(1, 21).boxed().toList());
  }

  @Test
  void aDeviceThatChangesAByteIsCaught() throws Exception {
    assertCaught(
        1,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected boolean toHost(byte[] packet) {
                packet[packet.length - 1] ^= 1;
                return super.toHost(packet);
              }
            });
  }

  @Test
  void aDeviceThatMixesUpWhatItReadsIsCaught() throws Exception {
    assertCaught(
        2,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              private byte @Nullable [] kept;
              private int count;

              @Override
              protected void add(PacketBatch batch, int at, byte[] packet) {
                // Two packets of one flow change places, once.
                var before = kept;
                if (++count == 10) {
                  kept = packet;
                } else {
                  super.add(batch, at, packet);
                  if (before != null && count == 12) {
                    kept = null;
                    super.add(batch, batch.reserve(before.length), before);
                  }
                }
              }
            });
  }

  @Test
  void aDeviceThatMixesUpWhatItWritesIsCaught() throws Exception {
    assertCaught(
        3,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              private byte @Nullable [] kept;
              private int count;

              @Override
              protected boolean toHost(byte[] packet) {
                if (++count == 10) {
                  kept = packet;
                  return true;
                }
                boolean sent = super.toHost(packet);
                var before = kept;
                kept = count == 12 ? null : before;
                return (count == 12 && before != null) ? super.toHost(before) : sent;
              }
            });
  }

  @Test
  void aDeviceThatRepeatsAPacketIsCaught() throws Exception {
    assertCaught(
        3,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected boolean toHost(byte[] packet) {
                super.toHost(packet);
                return super.toHost(packet);
              }
            });
  }

  @Test
  void aDeviceThatForgetsTheEndOfABatchIsCaught() throws Exception {
    assertCaught(
        4,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected void write(int shard, PacketBatch batch) {
                for (int i = 64; i < batch.size(); i++) {
                  batch.reframe(i, 0, 0);
                }
                super.write(shard, batch);
              }
            });
  }

  @Test
  void aDeviceThatKeepsEmptyBatchesIsCaught() throws Exception {
    assertCaught(
        4,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected void write(int shard, PacketBatch batch) {
                if (!batch.isEmpty()) {
                  super.write(shard, batch);
                }
              }
            });
  }

  @Test
  void aDeviceThatLeavesNoHeadroomIsCaught() throws Exception {
    assertCaught(
        5,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              private int end;

              @Override
              protected void add(PacketBatch batch, int at, byte[] packet) {
                int where = batch.isEmpty() ? 0 : end;
                super.add(batch, where, packet);
                end = where + packet.length;
              }
            });
  }

  @Test
  void aDeviceThatNamesAPeerIsCaught() throws Exception {
    assertCaught(
        5,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected void add(PacketBatch batch, int at, byte[] packet) {
                super.add(batch, at, packet);
                batch.peer(batch.size() - 1, 3);
              }
            });
  }

  @Test
  void aDeviceThatCutsLargePacketsIsCaught() throws Exception {
    assertCaught(
        6,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected boolean toHost(byte[] packet) {
                return packet.length == settings.mtu() || super.toHost(packet);
              }
            });
  }

  @Test
  void aDeviceThatReadsBeyondTheMtuIsCaught() throws Exception {
    assertCaught(
        7,
        (settings, context, host) ->
            new MemoryTun(
                new TunSettings(settings.name(), settings.addresses(), 3000), context, host));
  }

  @Test
  void aDeviceThatDropsOversizePacketsInSilenceIsCaught() throws Exception {
    assertCaught(
        8,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected void write(int shard, PacketBatch batch) {
                for (int i = 0; i < batch.size(); i++) {
                  if (batch.length(i) > settings.mtu()) {
                    batch.reframe(i, 0, 0);
                  }
                }
                super.write(shard, batch);
              }
            });
  }

  @Test
  void aDeviceThatStumblesOverRubbishIsCaught() throws Exception {
    assertCaught(
        9,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              private boolean broken;

              @Override
              protected void write(int shard, PacketBatch batch) {
                broken |= batch.size() > 0 && batch.length(0) == 1;
                if (broken) {
                  batch.close();
                } else {
                  super.write(shard, batch);
                }
              }
            });
  }

  @Test
  void aDeviceThatWritesForOneShardOnlyIsCaught() throws Exception {
    assertCaught(
        10,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected void write(int shard, PacketBatch batch) {
                if (shard == 1) {
                  batch.close();
                } else {
                  super.write(shard, batch);
                }
              }
            });
  }

  @Test
  void aDeviceThatDropsInsteadOfWaitingIsCaught() throws Exception {
    assertCaught(
        11,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              void read() {
                if (context.shards().getFirst().lane(Lane.FROM_TUN).credits() == 0) {
                  discard();
                }
                super.read();
              }
            });
  }

  @Test
  void aDeviceThatDropsWithoutABatchIsCaught() throws Exception {
    assertCaught(
        12,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              void read() {
                var pool = context.shards().getFirst().pool();
                if (pool.inFlight() == pool.capacity()) {
                  discard();
                }
                super.read();
              }
            });
  }

  @Test
  void aDeviceThatWaitsForTheHostIsCaught() throws Exception {
    assertCaught(
        13,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected boolean toHost(byte[] packet) {
                for (int i = 0; i < 10 && !super.toHost(packet); i++) {
                  LockSupport.parkNanos(1_000_000);
                }
                return true;
              }
            });
  }

  @Test
  void aDeviceThatClaimsToWorkBeforeItsStartIsCaught() throws Exception {
    assertCaught(
        14,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              public Health health() {
                return Health.ok();
              }
            });
  }

  @Test
  void aDeviceWithOtherAddressesThanItSaysIsCaught() throws Exception {
    assertCaught(
        15,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected List<IpAddress> given() {
                return super.given().subList(0, 1);
              }
            });
  }

  @Test
  void aDeviceWithoutFactsIsCaught() throws Exception {
    assertCaught(
        15,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              public Map<String, Object> status() {
                return Map.of();
              }
            });
  }

  @Test
  void aDeviceThatIgnoresStopIsCaught() throws Exception {
    assertCaught(
        16,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              private boolean closing;

              @Override
              public void stop() throws InterruptedException {
                if (closing) {
                  super.stop();
                }
              }

              @Override
              public void close() {
                closing = true;
                super.close();
              }
            });
  }

  @Test
  void aDeviceThatLosesTheBatchInItsHandsIsCaught() throws Exception {
    assertCaught(
        17,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              public void stop() throws InterruptedException {
                context.shards().getFirst().pool().tryAcquire();
                super.stop();
              }
            });
  }

  @Test
  void aDeviceThatHangsWhenClosedIsCaught() throws Exception {
    assertCaught(
        18,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              private final Thread opener = Thread.currentThread();

              @Override
              public void close() {
                super.close();
                if (Thread.currentThread() != opener) {
                  LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
                }
              }
            });
  }

  @Test
  void aDeviceThatKeepsItsInterfaceIsCaught() throws Exception {
    assertCaught(
        18,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              public void close() {
                super.close();
                host.attach(settings, this);
              }
            });
  }

  @Test
  void aDeviceThatKeepsOldAddressesIsCaught() throws Exception {
    var old = new ArrayList<IpAddress>();
    assertCaught(
        19,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              protected List<IpAddress> given() {
                old.addAll(super.given());
                return List.copyOf(old);
              }
            });
  }

  @Test
  void aDeviceThatTakesTheOtherDownIsCaught() throws Exception {
    var all = new ArrayList<MemoryTun>();
    assertCaught(
        20,
        (settings, context, host) -> {
          var device =
              new MemoryTun(settings, context, host) {
                @Override
                public void close() {
                  super.close();
                  all.forEach(other -> host.detach(other.name(), other));
                }
              };
          all.add(device);
          return device;
        });
  }

  @Test
  void aDeviceThatLeaksThreadsIsCaught() throws Exception {
    assertCaught(
        21,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              public void close() {
                super.close();
                Thread.ofPlatform().daemon().start(() -> LockSupport.parkNanos(40_000_000_000L));
              }
            });
  }

  @Test
  void aDeviceThatLeaksNativeMemoryIsCaught() throws Exception {
    try (var arena = Arena.ofShared()) {
      assertCaught(
          21,
          (settings, context, host) ->
              new MemoryTun(settings, context, host) {
                @Override
                public void close() {
                  super.close();
                  arena.allocate(1 << 20);
                }
              });
    }
  }

  @Test
  void aDeviceThatLeaksDirectBuffersIsCaught() throws Exception {
    var kept = new ArrayList<ByteBuffer>();
    assertCaught(
        21,
        (settings, context, host) ->
            new MemoryTun(settings, context, host) {
              @Override
              public void close() {
                super.close();
                kept.add(ByteBuffer.allocateDirect(4096));
              }
            });
    assertThat(kept).isNotEmpty();
  }

  @Test
  void aDeviceThatLeaksDescriptorsIsCaught() throws Exception {
    var open = new ArrayList<FileInputStream>();
    try {
      assertCaught(
          21,
          (settings, context, host) ->
              new MemoryTun(settings, context, host) {
                @Override
                public void close() {
                  super.close();
                  try {
                    open.add(new FileInputStream("/dev/null"));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }
              });
    } finally {
      for (var file : open) {
        file.close();
      }
    }
  }
}
