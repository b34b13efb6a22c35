package dev.gatehouse.tun.windows.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.StandInControl;
import dev.gatehouse.tun.windows.abi.SystemControl;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes wrong with drivers, one by one, in the stand-in. */
@Timeout(300)
class ScriptedFaultsTest {

  private final StandInBench bench = new StandInBench();
  private final StandIn standIn = bench.standIn;

  private void fault(int fault, int value) {
    standIn.control.standin_fault(fault, value);
  }

  @AfterEach
  void nothingIsLeftAndNothingWasMisused() {
    bench.close();
    assertThat(standIn.open()).as("what is left in the driver").isZero();
    assertThat(standIn.misuses()).as("what a real driver would not forgive").isEmpty();
    standIn.control.standin_reset();
  }

  @Test
  void theSystemGetsAddressesMtuMetricAndRoutes() throws Exception {
    bench.tun.start();
    assertThat(standIn.rows(StandInBench.NAME))
        .containsExactly(
            "address 100.64.0.1/16",
            "address fd00:6a7e::1/64",
            "ipv4 mtu 1420 metric 7",
            "ipv6 mtu 1420 metric 7",
            "route 10.1.0.0/16 metric 0");
    assertThat(bench.tun.status())
        .containsEntry("driver", "0.14")
        .containsEntry("metric", 7)
        .containsEntry("routes", List.of("10.1.0.0/16"))
        .extractingByKey("proven")
        .asString()
        .contains("never run on Windows");
    bench.crosses(1);
  }

  @Test
  void aFullRingDropsAfterAFewTriesAndCounts() throws Exception {
    bench.tun.start();
    fault(StandInControl.SEND_ROOM, 1);
    bench.write(List.of(StandInBench.packet(1), StandInBench.packet(2), StandInBench.packet(3)));
    bench.awaitStatus("drops", Map.of("device_failed", 2L));
    assertThat(bench.sent()).containsExactly(StandInBench.packet(1));
    assertThat(standIn.control.standin_fact(StandInControl.ALLOCATIONS))
        .isEqualTo(1 + 2 * RingWriter.TRIES);
    fault(StandInControl.SEND_ROOM, -1);
    bench.crosses(4);
  }

  @Test
  void anAdapterThatGoesAwayIsOpenedAgain() throws Exception {
    bench.tun.start();
    fault(StandInControl.RECEIVE_ERROR, WindowsError.HANDLE_EOF);
    bench.await("health to tell", () -> !bench.tun.health().isOk());
    bench.await("the new adapter", () -> bench.tun.health().isOk());
    bench.awaitStatus("rebuilds", 1L);
    bench.crosses(1);
    assertThat(standIn.rows(StandInBench.NAME)).contains("address 100.64.0.1/16");
  }

  @Test
  void aCorruptRingIsReplacedAtOnce() throws Exception {
    bench.tun.start();
    bench.crosses(1);
    fault(StandInControl.RECEIVE_ERROR, WindowsError.INVALID_DATA);
    bench.awaitStatus("rebuilds", 1L);
    bench.crosses(2);
    assertThat(bench.tun.health().isOk()).isTrue();
  }

  @Test
  void aSessionThatDoesNotComeBackIsTriedAgainWithTheAdapter() throws Exception {
    bench.tun.start();
    fault(StandInControl.START_ERROR, 8);
    fault(StandInControl.RECEIVE_ERROR, WindowsError.INVALID_DATA);
    bench.await(
        "health to tell", () -> bench.tun.health().problem().orElse("").contains("out of memory"));
    bench.awaitStatus("rebuilds", 1L);
    bench.crosses(1);
  }

  @Test
  void stoppingWhileAnAdapterIsAwaitedIsQuick() throws Exception {
    bench.tun.start();
    fault(StandInControl.CREATE_ERROR, 1460);
    fault(StandInControl.RECEIVE_ERROR, WindowsError.HANDLE_EOF);
    bench.await(
        "a failed attempt", () -> bench.tun.health().problem().orElse("").contains("timed out"));
    long before = System.nanoTime();
    bench.tun.stop();
    bench.tun.close();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void aSlowDriverDoesNotOutliveTheDeadlineOfTheStart() throws Exception {
    fault(StandInControl.CREATE_MILLIS, 6000);
    var ended = new ArrayList<Throwable>();
    var starter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                bench.tun.start();
              } catch (InterruptedException | RuntimeException e) {
                ended.add(e);
              }
            });
    starter.interrupt();
    assertThat(starter.join(Duration.ofSeconds(5))).as("start ends").isTrue();
    assertThat(ended).hasSize(1).first().isInstanceOf(InterruptedException.class);
    bench.tun.close();
    // What comes too late is closed again: no ghost stays behind.
    Await.until(
        "the driver to finish",
        Duration.ofSeconds(60),
        () ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("gatehouse-tun-open")));
    assertThat(standIn.open()).isZero();
  }

  @Test
  void aForgottenSignalDelaysAPacketByAQuarterOfASecondAtMost() throws Exception {
    bench.tun.start();
    bench.await("a wait", () -> (long) bench.tun.status().getOrDefault("waits", 0L) > 0);
    fault(StandInControl.FORGET_SIGNAL, 1);
    long before = System.nanoTime();
    bench.arrive(StandInBench.packet(1));
    bench.await("the packet", () -> bench.received.size() == 1);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
    bench.awaitStatus("lost-wake-ups", 1L);
    assertThat(standIn.system.standin_system_fact(SystemControl.LONGEST_WAIT)).isEqualTo(250);
  }

  @Test
  void aStormOfMessagesIsHeardCountedAndHarmsNothing() throws Exception {
    bench.tun.start();
    long before = DriverLog.OF_THE_PROCESS.heard();
    fault(StandInControl.CALLBACKS, 20_000);
    assertThat(DriverLog.OF_THE_PROCESS.heard()).isEqualTo(before + 20_000);
    System.gc();
    fault(StandInControl.CALLBACKS, 400);
    assertThat(DriverLog.OF_THE_PROCESS.heard()).isEqualTo(before + 20_400);
    bench.crosses(1);
  }

  @Test
  void anAdapterLeftByACrashIsTakenOverAndCleaned() throws Exception {
    fault(StandInControl.LEFTOVER, 1);
    bench.tun.start();
    assertThat(standIn.rows(StandInBench.NAME))
        .containsExactly(
            "address 100.64.0.1/16",
            "address fd00:6a7e::1/64",
            "ipv4 mtu 1420 metric 7",
            "ipv6 mtu 1420 metric 7",
            "route 10.1.0.0/16 metric 0");
    bench.crosses(1);
  }

  @Test
  void aSystemWithoutIpv6GetsIpv4Only() throws Exception {
    standIn.system.standin_system_fault(SystemControl.NO_IPV6, 1);
    bench.tun.start();
    assertThat(bench.tun.networks()).hasToString("[100.64.0.0/16]");
    bench.crosses(1);
  }

  @Test
  void aRefusedSettingIsOneSentenceAndLeavesNothing() {
    standIn.system.standin_system_fault(SystemControl.NETWORK_ERROR, 87);
    assertThatThrownBy(bench.tun::start)
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("MTU and metric of the adapter gatehouse0")
        .hasMessageContaining("invalid parameter");
    assertThat(standIn.open()).isZero();
  }

  @Test
  void aMissingRightIsOneSentence() {
    fault(StandInControl.CREATE_ERROR, WindowsError.ACCESS_DENIED);
    assertThatThrownBy(bench.tun::start)
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("may not be created")
        .hasMessageContaining("administrator");
  }

  @Test
  void theDriverGoesWithTheAdapterIfThatIsWanted() throws Exception {
    bench.tun.start();
    bench.tun.close();
    assertThat(standIn.control.standin_fact(StandInControl.DRIVER_DELETED)).isZero();
    try (var other = new StandInBench(StandInBench.config(true))) {
      other.tun.start();
      other.crosses(1);
    }
    assertThat(standIn.control.standin_fact(StandInControl.DRIVER_DELETED)).isEqualTo(1);
  }

  @Test
  void aLibraryWithAMissingFunctionIsNotUsed() throws Exception {
    var library =
        StandIn.driver(
            "libgatehouse-standin-short.so", "-DSTANDIN_WITHOUT_SEND", "-Wno-unused-function");
    var sha256 =
        HexFormat.of()
            .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(library)));
    var defaults = WindowsTunConfig.DEFAULT;
    var config =
        new WindowsTunConfig(
            defaults.name(),
            defaults.addresses(),
            1420,
            5,
            List.of(),
            defaults.ringCapacity(),
            Optional.of(library),
            Optional.of(sha256),
            false);
    assertThatThrownBy(() -> LibraryFile.load(config, StandIn::api))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("lacks WintunSendPacket.");
  }

  @Test
  void aPinnedLibraryIsLoadedFromItsPath() throws Exception {
    var sha256 =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(standIn.driver)));
    var defaults = WindowsTunConfig.DEFAULT;
    var config =
        new WindowsTunConfig(
            defaults.name(),
            defaults.addresses(),
            1420,
            5,
            List.of(),
            defaults.ringCapacity(),
            Optional.of(standIn.driver),
            Optional.of(sha256),
            false);
    assertThat(LibraryFile.load(config, StandIn::api)).isNotNull();
  }
}
