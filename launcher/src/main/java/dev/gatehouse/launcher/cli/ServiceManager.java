package dev.gatehouse.launcher.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.launcher.runtime.Surroundings;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd how the process is doing, where it asked for that ({@code Type=notify}, {@code
 * WatchdogSec=}); see sd_notify(3). Without systemd it does nothing.
 */
final class ServiceManager implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ServiceManager.class);

  private final Optional<String> socket;
  private final Optional<Duration> watchdog;
  private volatile @Nullable Thread watching;

  private ServiceManager(Optional<String> socket, Optional<Duration> watchdog) {
    this.socket = socket;
    this.watchdog = watchdog;
  }

  /** What the environment says. */
  static ServiceManager of(Surroundings surroundings) {
    var socket = surroundings.variable("NOTIFY_SOCKET").filter(_ -> Epoll.isAvailable());
    var own = Long.toString(ProcessHandle.current().pid());
    var watchdog =
        surroundings
            .variable("WATCHDOG_USEC")
            .filter(text -> text.matches("[0-9]{1,15}"))
            .filter(_ -> surroundings.variable("WATCHDOG_PID").orElse(own).equals(own))
            .map(text -> Duration.ofNanos(Long.parseLong(text) * 1000))
            .filter(_ -> socket.isPresent());
    return new ServiceManager(socket, watchdog);
  }

  /**
   * Everything is up; from now on the watchdog is fed, as long as the process does its work.
   *
   * @param working whether it does; may wait for as long as it is told
   */
  void ready(Predicate<Duration> working) {
    send("READY=1");
    watchdog.ifPresent(limit ->
        watching =
            Thread.ofVirtual().name("gatehouse-watchdog").start(() -> watch(limit, working)));
  }

  /** The configuration is being read again. */
  void reloading() {
    // The clock that systemd goes by is the one behind nanoTime on Linux.
    send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1000);
  }

  /** The configuration has been read, with whatever outcome. */
  void reloaded() {
    send("READY=1");
  }

  /** The process was asked to stop. */
  void stopping() {
    send("STOPPING=1");
  }

  @Override
  public void close() {
    var thread = watching;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private void watch(Duration limit, Predicate<Duration> working) {
    var pause = limit.dividedBy(4);
    while (!Thread.currentThread().isInterrupted()) {
      if (works(working, pause)) {
        send("WATCHDOG=1");
      } else if (!Thread.currentThread().isInterrupted()) {
        LOG.atWarn().log("the packet path does not answer; the watchdog is not fed");
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static boolean works(Predicate<Duration> working, Duration pause) {
    try {
      return working.test(pause);
    } catch (RuntimeException e) {
      LOG.atDebug().setCause(e).log("asking the packet path failed");
      return false;
    }
  }

  private void send(String state) {
    socket.ifPresent(path -> {
      var address = path.getBytes(UTF_8);
      if (path.startsWith("@")) {
        address[0] = 0; // a name without a file
      }
      var text = state.getBytes(UTF_8);
      var buffer = ByteBuffer.allocateDirect(text.length).put(text);
      var sender = Socket.newSocketDomainDgram();
      try {
        sender.sendToDomainSocket(buffer, 0, text.length, address);
      } catch (IOException e) {
        LOG.atDebug().setCause(e).log("the service manager does not listen");
      } finally {
        close(sender);
      }
    });
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("a socket could not be closed");
    }
  }
}
