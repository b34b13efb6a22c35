package dev.gatehouse.bench.store;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.store.Samples;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** How soon the packet path refuses what has ended, and what that does to the packet path. */
final class Enforcement {

  private final PrintStream out;

  Enforcement(PrintStream out) {
    this.out = out;
  }

  /** Grants that expire within one second of each other. */
  void expiry(Path directory, int count) throws Exception {
    var time = new ManualTime();
    try (var population = new Population(directory, time)) {
      population.createResources();
      var expiry = time.now().plusSeconds(60);
      population.grant(256, count, 0, expiry);
      var all = population.store().snapshot(population.soon()).authorizations();
      int clients = Math.max(count / Population.RESOURCES, 256);
      try (var path = new PacketPath(directory, time, population.store())) {
        drive(path, clients, Duration.ofSeconds(3));
        path.longestStepMillis();
        drive(path, clients, Duration.ofSeconds(3));
        double before = path.longestStepMillis();
        int allowedBefore = path.allowed(all);
        path.skip(Duration.between(time.now(), expiry.minusMillis(1)));
        path.longestStepMillis();
        long expired = System.nanoTime();
        long wrong = drive(path, clients, Duration.ofSeconds(1));
        int allowedAfter = path.allowed(all);
        var swept = new AtomicLong();
        var watcher = Thread.ofVirtual().start(() -> swept.set(whenEmpty(population)));
        while (swept.get() == 0 && System.nanoTime() - expired < 120e9) {
          path.passes(0, 0);
        }
        watcher.join();
        double sweptAfter = (swept.get() - expired) / 1e9;
        double during = path.longestStepMillis();
        out.printf(
            Locale.ROOT,
            "expiry: %,d grants expire at once; allowed 1 ms before: %,d, 1 s after: %,d (packets"
                + " that still passed in that second: %,d);%n"
                + "  longest step of the packet path %.1f ms before, %.1f ms until the store had"
                + " ended them for good, %.1f s later%n",
            count,
            allowedBefore,
            allowedAfter,
            wrong,
            before,
            during,
            sweptAfter);
      }
    }
  }

  /** Waits on a thread of its own: the packet path never asks the store. */
  private static long whenEmpty(Population population) {
    while (held(population) > 0) {
      LockSupport.parkNanos(20_000_000);
    }
    return System.nanoTime();
  }

  private static long held(Population population) {
    return population.store().status().get("authorizations") instanceof Number held
        ? held.longValue()
        : -1;
  }

  /** Sends packets of all clients; how many passed. */
  private static long drive(PacketPath path, int clients, Duration span) {
    long end = System.nanoTime() + span.toNanos();
    long passed = 0;
    for (int n = 0; System.nanoTime() < end; n++) {
      passed += path.passes(n % clients, n / clients % Population.RESOURCES) ? 1 : 0;
    }
    return passed;
  }

  /** From the call that revokes to the first packet that is refused. */
  void revocation(Path directory, int rounds, boolean notifications) throws Exception {
    var time = new ManualTime();
    try (var population = new Population(directory, time)) {
      population.createResources();
      population.grant(64, 10_000, 0, time.now().plus(Duration.ofDays(1)));
      var seen = notifications ? population.store() : deaf(population.store());
      var millis = new double[rounds];
      try (var path = new PacketPath(directory, time, seen)) {
        for (int round = 0; round < rounds; round++) {
          millis[round] = revokeOnce(path, population, round % 100, round / 100);
        }
      }
      Arrays.sort(millis);
      out.printf(
          Locale.ROOT,
          "revocation to refusal, %s: %d rounds, median %.1f ms, p99 %.1f ms, max %.1f ms%n",
          notifications ? "local" : "every notification lost",
          rounds,
          millis[rounds / 2],
          millis[(int) (rounds * 0.99)],
          millis[rounds - 1]);
    }
  }

  private static double revokeOnce(
      PacketPath path, Population population, int client, int resource) {
    for (int i = 0; i < 2000; i++) {
      if (!path.passes(client, resource)) {
        throw new IllegalStateException("refused before it was revoked");
      }
    }
    var asked = new AtomicLong();
    var deadline = Deadline.after(Duration.ofMinutes(1), path.time());
    Thread.ofVirtual()
        .start(() -> {
          asked.set(System.nanoTime());
          population.store().revoke(Samples.key(client, resource), deadline);
        });
    while (path.passes(client, resource)) {
      // until it is refused
    }
    return (System.nanoTime() - asked.get()) / 1e6;
  }

  /** The same store, but nobody who watches it is ever told anything. */
  private static AuthorizationStore deaf(AuthorizationStore store) {
    return (AuthorizationStore)
        Proxy.newProxyInstance(
            AuthorizationStore.class.getClassLoader(),
            new Class<?>[] {AuthorizationStore.class},
            (_, method, arguments) -> {
              if (method.getName().equals("watch")) {
                return (AuthorizationStore.Watch) () -> {};
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
