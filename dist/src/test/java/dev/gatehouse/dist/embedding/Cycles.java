package dev.gatehouse.dist.embedding;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.gatehouse.admin.AdminProvider;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.crypto.WireGuardProvider;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.PolicyProvider;
import dev.gatehouse.launcher.Gatehouse;
import dev.gatehouse.launcher.GatewaySettings;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.UdpTransportProvider;
import dev.gatehouse.store.SqliteStoreConfig;
import dev.gatehouse.store.SqliteStoreProvider;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A program with a gateway in it that it starts and closes again and again; half of the times it
 * closes it while it starts. Prints what it holds before and afterwards.
 */
public final class Cycles {

  private static final int WARM_UP = 30;
  private static final List<Object> LEAKS = new ArrayList<>();

  private Cycles() {}

  /**
   * Takes the number of cycles of each kind, a directory, and how many seconds to wait for what is
   * left to go; ends with 1 if anything stays.
   */
  public static void main(String... arguments) throws Exception {
    int cycles = Integer.parseInt(arguments[0]);
    var directory = Path.of(arguments[1]);
    long patience = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[2]));
    System.out.println("gatehouse is in " + Gatehouse.class.getModule());
    twoSideBySide(directory);
    var before = settled(directory, WARM_UP, WARM_UP / 3);
    int started = startAndClose(directory, cycles);
    if (Boolean.getBoolean("gatehouse.leak")) {
      leak(directory);
    }
    int interrupted = closeWhileStarting(directory, cycles);
    System.out.println(started + " lives, " + interrupted + " starts given up");
    var after = Footprint.now(directory);
    long end = System.nanoTime() + patience;
    while (!after.isWithin(before) && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(100);
      after = Footprint.now(directory);
    }
    System.out.println("before " + before);
    System.out.println("after  " + after);
    System.out.println(after.isWithin(before) ? "nothing is left" : "something is left");
    System.exit(after.isWithin(before) ? 0 : 1);
  }

  /** What is there once everything was used that is made once, and nothing shrinks any more. */
  private static Footprint settled(Path directory, int lives, int races) throws Exception {
    startAndClose(directory, lives);
    closeWhileStarting(directory, races);
    var least = Footprint.now(directory);
    for (int unchanged = 0; unchanged < 10; unchanged++) {
      TimeUnit.MILLISECONDS.sleep(50);
      var now = Footprint.now(directory);
      if (!least.isWithin(now)) {
        unchanged = 0;
      }
      least = least.least(now);
    }
    return least;
  }

  private static int startAndClose(Path directory, int times) {
    for (int i = 0; i < times; i++) {
      try (var gateway = gateway(directory, "state")) {
        gateway.start();
        gateway.store().version(Deadline.after(Duration.ofSeconds(30), TimeSource.system()));
      }
    }
    return times;
  }

  /** Closes at another moment of the start each time. */
  private static int closeWhileStarting(Path directory, int times) throws Exception {
    long before = System.nanoTime();
    startAndClose(directory, 1);
    long life = System.nanoTime() - before;
    int givenUp = 0;
    for (int i = 0; i < times; i++) {
      var gateway = gateway(directory, "state");
      var start = CompletableFuture.supplyAsync(() -> startsToTheEnd(gateway));
      TimeUnit.NANOSECONDS.sleep(life * i / times);
      gateway.close();
      givenUp += start.get(60, TimeUnit.SECONDS) ? 0 : 1;
    }
    return givenUp;
  }

  private static boolean startsToTheEnd(Gatehouse gateway) {
    try {
      gateway.start();
      return true;
    } catch (GatehouseException e) {
      return false;
    }
  }

  private static void twoSideBySide(Path directory) {
    try (var other = gateway(directory, "other")) {
      try (var one = gateway(directory, "one")) {
        one.start();
        other.start();
        System.out.println(
            "two gateways with "
                + Set.of(one.tunnel().publicKey(), other.tunnel().publicKey()).size()
                + " keys on "
                + Set.of(one.transport().listening(), other.transport().listening()).size()
                + " ports");
      }
      other.store().version(Deadline.after(Duration.ofSeconds(30), TimeSource.system()));
      System.out.println("the other one goes on when one is closed");
    }
  }

  /** What the comparison is there to find: a thread, a file and memory that stay. */
  private static void leak(Path directory) throws IOException {
    LEAKS.add(Thread.ofVirtual().name("left-behind").start(LockSupport::park));
    LEAKS.add(FileChannel.open(directory.resolve("left"), CREATE, WRITE));
    LEAKS.add(ByteBuffer.allocateDirect(1 << 20));
  }

  private static Gatehouse gateway(Path directory, String name) {
    return Gatehouse.builder()
        .configuration("[admin]\nuapi = false")
        .stateDirectory(directory.resolve(name))
        .settings(GatewaySettings.defaults().withBatches(16))
        .provider(new SqliteStoreProvider(), SqliteStoreConfig.defaults())
        .tun("quiet", QuietTun::new)
        .provider(
            new UdpTransportProvider(),
            new UdpConfig(List.of(Endpoint.parse("127.0.0.1:0")), false, 1 << 20, 1 << 20, true))
        .provider(new WireGuardProvider())
        .provider(new PolicyProvider(), PolicyConfig.DEFAULTS)
        .provider(new AdminProvider())
        .build();
  }
}
