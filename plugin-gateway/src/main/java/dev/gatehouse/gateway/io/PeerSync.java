package dev.gatehouse.gateway.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.gateway.core.PolicyModel;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the tunnel's peers equal to the clients of the store, authorized or not. Peers that go are
 * gone before others come, so that a key or an address may change hands. What the tunnel did not
 * accept is tried again at the next call. Control thread only, except for {@link #size()}.
 */
final class PeerSync {

  private static final Logger log = LoggerFactory.getLogger(PeerSync.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private record Step(int handle, PeerSettings settings, Future<Void> done) {}

  private final Tunnel tunnel;
  private final TimeSource time;
  private final Map<Integer, PeerSettings> applied = new TreeMap<>();
  private volatile int size;
  private volatile int failed;

  PeerSync(Tunnel tunnel, TimeSource time) {
    this.tunnel = tunnel;
    this.time = time;
  }

  /** How many peers the tunnel has. Any thread. */
  int size() {
    return size;
  }

  /** How many peers the tunnel did not accept at the last call. Any thread. */
  int failed() {
    return failed;
  }

  void sync(List<PolicyModel.Entry> clients) throws InterruptedException {
    var wanted = new TreeMap<Integer, PeerSettings>();
    for (var entry : clients) {
      wanted.put(entry.handle(), settings(entry));
    }
    var removals = new ArrayList<Step>();
    applied.forEach((handle, settings) -> {
      if (!wanted.containsKey(handle)) {
        removals.add(new Step(handle, settings, tunnel.removePeer(handle)));
      }
    });
    long deadline = time.nanoTime() + PATIENCE.toNanos();
    int failures = 0;
    for (var step : removals) {
      if (succeeds(step, deadline, "peer not removed")) {
        applied.remove(step.handle());
      } else {
        failures++;
      }
    }
    var puts = new ArrayList<Step>();
    wanted.forEach((handle, settings) -> {
      if (!settings.equals(applied.get(handle))) {
        puts.add(new Step(handle, settings, tunnel.putPeer(settings)));
      }
    });
    for (var step : puts) {
      if (succeeds(step, deadline, "peer not accepted")) {
        applied.put(step.handle(), step.settings());
      } else {
        failures++;
      }
    }
    failed = failures;
    size = applied.size();
  }

  private static PeerSettings settings(PolicyModel.Entry entry) {
    var client = entry.client();
    return new PeerSettings(
        entry.handle(),
        client.id(),
        client.publicKey(),
        client.presharedKey(),
        Optional.empty(),
        Optional.empty());
  }

  private boolean succeeds(Step step, long deadline, String otherwise) throws InterruptedException {
    try {
      var done = step.done().toCompletionStage().toCompletableFuture();
      done.get(Math.max(0, deadline - time.nanoTime()), TimeUnit.NANOSECONDS);
      return true;
    } catch (ExecutionException | TimeoutException e) {
      log.atWarn()
          .addKeyValue("client", step.settings().client())
          .addKeyValue("reason", e.getCause() == null ? "no answer in time" : e.getCause())
          .log(otherwise + "; trying again");
      return false;
    }
  }
}
