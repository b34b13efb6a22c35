package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.core.Recovery;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** The adapter and its session. Nobody uses a session that is being ended. Safe for any thread. */
final class Link implements AutoCloseable {

  private final WindowsApi api;
  private final WindowsTunConfig config;
  private @Nullable Adapter adapter;
  private long session;
  private volatile List<InterfaceAddress> addresses = List.of();
  private volatile int driverVersion;

  private Link(WindowsApi api, WindowsTunConfig config) {
    this.api = api;
    this.config = config;
  }

  /**
   * Opens adapter and session. The driver may take many seconds and cannot be interrupted, so it
   * has a thread of its own; what comes too late is closed again.
   *
   * @throws InterruptedException if the caller's time is over
   */
  static Link open(WindowsApi api, WindowsTunConfig config) throws InterruptedException {
    var link = new Link(api, config);
    var opened = new CompletableFuture<Link>();
    Thread.ofPlatform()
        .name("gatehouse-tun-open-" + config.name())
        .start(() -> {
          try {
            link.openAll();
            opened.complete(link);
          } catch (RuntimeException | Error e) {
            link.close();
            opened.completeExceptionally(e);
          }
        });
    try {
      return opened.get();
    } catch (InterruptedException e) {
      var _ = opened.thenAccept(Link::close);
      throw e;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  private synchronized void openAll() {
    api.wintun().WintunSetLogger(DriverLog.OF_THE_PROCESS);
    var opened = Adapter.open(api, config.name());
    adapter = opened;
    addresses = new NetworkSettings(api.ipHelper(), config, opened.luid()).apply();
    driverVersion = api.wintun().WintunGetRunningDriverVersion();
    session = opened.startSession(config.ringCapacity());
  }

  /** Replaces what does not work any more; nobody may be using the session. */
  synchronized void renew(Recovery.Means means) {
    endSession();
    var current = adapter;
    if (means == Recovery.Means.NEW_SESSION && current != null) {
      session = current.startSession(config.ringCapacity());
    } else {
      closeAdapter();
      openAll();
    }
  }

  /** The session, or zero. */
  synchronized long session() {
    return session;
  }

  /** Wakes who waits for the session's event. */
  synchronized void wake() {
    if (session != 0) {
      api.kernel().SetEvent(api.wintun().WintunGetReadWaitEvent(session));
    }
  }

  List<InterfaceAddress> addresses() {
    return addresses;
  }

  /** Major and minor version of the driver, as a text. */
  String driver() {
    return (driverVersion >>> 16) + "." + (driverVersion & 0xffff);
  }

  private void endSession() {
    if (session != 0) {
      api.wintun().WintunEndSession(session);
      session = 0;
    }
  }

  private void closeAdapter() {
    if (adapter != null) {
      adapter.close();
      adapter = null;
    }
  }

  @Override
  public synchronized void close() {
    endSession();
    closeAdapter();
    if (config.deleteDriver()) {
      api.wintun().WintunDeleteDriver();
    }
  }
}
