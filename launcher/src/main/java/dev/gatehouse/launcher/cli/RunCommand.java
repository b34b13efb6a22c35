package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.launcher.log.Logging;
import dev.gatehouse.launcher.runtime.BuildInfo;
import dev.gatehouse.launcher.runtime.House;
import dev.gatehouse.launcher.runtime.Keeper;
import dev.gatehouse.launcher.runtime.Plan;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs a gateway until the process is asked to stop. */
@Command(
    name = "run",
    description = {
      "Run the gateway until SIGTERM or SIGINT; a second signal ends it at once.",
      "The log goes to standard output and says 'gatehouse ready' when everything is up."
    })
final class RunCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger("dev.gatehouse");

  private final Console console;

  @Mixin private ConfigOptions options = new ConfigOptions();

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    var plan = options.plan(console.surroundings());
    Logging.start(plan.core().log(), console.out(), console.terminal());
    announce(plan);
    var failure = plan.failure();
    if (failure.isPresent()) {
      report(failure.get());
      throw failure.get();
    }
    var gateway =
        new Keeper(() -> House.open(plan, TimeSource.system(), Optional.empty(), events -> {}));
    var stopping = new CountDownLatch(1);
    try (var manager = ServiceManager.of(console.surroundings());
        var _ = Signals.onStop(signal -> stop(signal, manager, stopping, gateway))) {
      gateway.start();
      var house = gateway.running();
      var services = house.services();
      LOG.atInfo()
          .addKeyValue("interface", services.tun().name())
          .addKeyValue("listening", services.transport().listening())
          .addKeyValue("public-key", services.tunnel().publicKey())
          .log("gatehouse ready");
      manager.ready(house::answersWithin);
      stopping.await();
    } catch (RuntimeException e) {
      if (stopping.getCount() > 0) { // otherwise it is the stop that was asked for
        report(e);
        throw e;
      }
    } finally {
      gateway.close();
    }
    LOG.info("gatehouse stopped");
    return ExitCode.OK.number();
  }

  private static void stop(
      String signal, ServiceManager manager, CountDownLatch stopping, Keeper gateway) {
    LOG.atInfo().addKeyValue("signal", signal).log("stopping");
    stopping.countDown();
    manager.stopping();
    manager.close();
    gateway.close();
  }

  private static void announce(Plan plan) {
    LOG.atInfo()
        .addKeyValue("version", BuildInfo.read().version())
        .addKeyValue("revision", BuildInfo.read().revision())
        .addKeyValue("java", BuildInfo.java())
        .addKeyValue("system", BuildInfo.system())
        .addKeyValue(
            "plugins",
            plan.selected().stream()
                .map(plugin -> plugin.id() + " " + plugin.plugin().version().orElse("?"))
                .collect(Collectors.joining(", ")))
        .log("gatehouse starting");
    LOG.atInfo()
        .addKeyValue("source", plan.source().name())
        .addKeyValue("state-directory", plan.core().stateDirectory())
        .log("configuration read");
    for (var plugin : plan.defective()) {
      LOG.atWarn().addKeyValue("plugin", plugin.name()).log(plugin.sentence());
    }
  }

  /** Where nobody reads standard error beside the log, the log tells it, too. */
  private void report(RuntimeException failure) {
    if (failure instanceof GatehouseException problem && !console.terminal()) {
      LOG.atError()
          .addKeyValue("code", problem.code().id())
          .addKeyValue("problem", problem.getMessage())
          .log("gatehouse could not start");
    }
  }
}
