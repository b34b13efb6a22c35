package dev.gatehouse.launcher.cli;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.launcher.log.Logging;
import dev.gatehouse.launcher.runtime.House;
import dev.gatehouse.launcher.runtime.Keeper;
import dev.gatehouse.launcher.runtime.Origins;
import dev.gatehouse.launcher.runtime.Plan;
import dev.gatehouse.launcher.runtime.Services;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a house, from the plan to the signal that ends it. */
final class Operation {

  private static final Logger LOG = LoggerFactory.getLogger("dev.gatehouse");

  private final Console console;
  private final Plan plan;
  private final Keeper house;
  private final AtomicBoolean reloading = new AtomicBoolean();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final AtomicBoolean asked = new AtomicBoolean();

  private Operation(Console console, Plan plan, Supplier<Plan> planning) {
    this.console = console;
    this.plan = plan;
    var origins = new Origins(planning, Optional.of(Logging::follow), Logging::facts, Set.of());
    this.house =
        new Keeper(() ->
            House.open(plan, TimeSource.system(), Optional.empty(), Optional.of(origins), _ -> {}));
  }

  /**
   * Runs a house until the process is asked to stop.
   *
   * @return the exit code
   * @throws GatehouseException if it cannot run
   */
  static int run(Console console, Supplier<Plan> planning) throws InterruptedException {
    return run(console, planning, false);
  }

  /**
   * Runs a house until the process is asked to stop.
   *
   * @param planning decides what runs, and again when the configuration is read again
   * @param untilEndOfInput whether the end of standard input asks for it, too
   * @return the exit code
   * @throws GatehouseException if it cannot run
   */
  static int run(Console console, Supplier<Plan> planning, boolean untilEndOfInput)
      throws InterruptedException {
    var plan = planning.get();
    var log = plan.core().log();
    Logging.start(
        log, console.out(), console.terminal(), RunLog.files(log, plan, console.surroundings()));
    return new Operation(console, plan, planning).run(untilEndOfInput);
  }

  private int run(boolean untilEndOfInput) throws InterruptedException {
    announce();
    var failure = plan.failure();
    if (failure.isPresent()) {
      report(failure.get());
      throw failure.get();
    }
    try (var manager = ServiceManager.of(console.surroundings());
        var _ = Signals.onStop(signal -> stop(signal, manager));
        var _ = Signals.onHangup(() -> hangup(manager))) {
      if (untilEndOfInput) {
        stopAtEndOfInput(manager);
      }
      house.start();
      var running = house.running();
      Thread.setDefaultUncaughtExceptionHandler(running::threadDied);
      ready(running.services());
      manager.ready(running::answersWithin);
      running.whenRehearsed(this::tidyUp);
      stopping.await();
    } catch (RuntimeException e) {
      if (stopping.getCount() > 0) { // otherwise it is the stop that was asked for
        report(e);
        throw e;
      }
    } finally {
      house.close();
      Thread.setDefaultUncaughtExceptionHandler(null);
    }
    LOG.info("gatehouse stopped");
    return ExitCode.OK.number();
  }

  /**
   * What the start leaves for the collector is collected now, while hardly anybody waits for a
   * packet: the collections that come later, minutes apart, then find little to move.
   */
  @SuppressWarnings("SystemGC") // the process is ours, and now is better than later
  private void tidyUp() {
    if (stopping.getCount() > 0) {
      System.gc();
    }
  }

  private static void ready(Services services) {
    var line = LOG.atInfo();
    if (services.isGateway()) {
      line =
          line.addKeyValue("interface", services.tun().name())
              .addKeyValue("listening", services.transport().listening())
              .addKeyValue("public-key", services.tunnel().publicKey());
    } else {
      line =
          line.addKeyValue(
              "listening",
              services.services().stream()
                  .flatMap(service -> service.listening().stream())
                  .toList());
    }
    line.log("gatehouse ready");
  }

  private void stopAtEndOfInput(ServiceManager manager) {
    // A platform thread, because reading from a pipe holds its carrier.
    Thread.ofPlatform()
        .name("gatehouse-input")
        .daemon()
        .start(() -> {
          try {
            console.in().transferTo(OutputStream.nullOutputStream());
          } catch (IOException e) {
            LOG.atDebug().setCause(e).log("standard input broke");
          }
          stop("end of input", manager);
        });
  }

  /** Where a person watches, the terminal is gone; elsewhere, it asks for the configuration. */
  private void hangup(ServiceManager manager) {
    if (console.terminal()) {
      stop("SIGHUP", manager);
      return;
    }
    if (stopping.getCount() == 0 || asked.get() || reloading.getAndSet(true)) {
      return;
    }
    manager.reloading();
    try {
      house.running().reload("SIGHUP");
    } catch (GatehouseException e) {
      LOG.atDebug().setCause(e).log("the configuration was not taken over"); // the house told why
    } catch (IllegalStateException e) {
      LOG.info("SIGHUP does nothing before the start is over");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      reloading.set(false);
      manager.reloaded();
    }
  }

  /** What is under way may end first; the second signal is heard elsewhere and does not wait. */
  private void stop(String signal, ServiceManager manager) {
    if (asked.getAndSet(true)) {
      return;
    }
    LOG.atInfo().addKeyValue("signal", signal).log("stopping");
    manager.stopping();
    house.drain();
    stopping.countDown();
    manager.close();
    house.close();
  }

  private void announce() {
    var line = LOG.atInfo();
    for (var fact : RunLog.facts(plan).entrySet()) {
      line = line.addKeyValue(fact.getKey(), fact.getValue());
    }
    line.log("gatehouse starting");
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
