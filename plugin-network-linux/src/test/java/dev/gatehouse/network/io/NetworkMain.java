package dev.gatehouse.network.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.network.NetworkConfig;
import dev.gatehouse.testkit.TestContext;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The stage alone in a process of its own: {@code <state> <device> <setup>}, until SIGTERM. */
final class NetworkMain {

  private NetworkMain() {}

  public static void main(String[] arguments) throws InterruptedException {
    var networks = List.of(Cidr.parse("100.64.0.0/16"), Cidr.parse("fd00:6a7e::/64"));
    var context =
        new TestContext("network", Path.of(arguments[0])).with(new SetTun(arguments[1], networks));
    var config = new NetworkConfig(Boolean.parseBoolean(arguments[2]), true);
    var programs = arguments.length > 3 ? new Without(arguments[3]) : new Programs();
    var stage = new NetworkStage(config, context, new Parameters(Path.of("/proc/sys")), programs);
    try {
      stage.start();
    } catch (GatehouseException e) {
      System.out.println("refused: " + e.code().id() + " " + e.getMessage());
      stage.close();
      return;
    }
    System.out.println("started " + stage.status());
    var stopping = new CountDownLatch(1);
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              stopping.countDown();
              await(stopped);
            }));
    while (!stopping.await(100, TimeUnit.MILLISECONDS)) {
      stage.look();
    }
    stage.stop();
    stage.close();
    System.out.println("stopped");
    stopped.countDown();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A machine on which a program is not installed. */
  private static final class Without extends Programs {
    private final String absent;

    Without(String absent) {
      this.absent = absent;
    }

    @Override
    java.util.Optional<Path> find(String name) {
      return name.equals(absent) ? java.util.Optional.empty() : super.find(name);
    }
  }
}
