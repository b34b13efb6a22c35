package dev.gatehouse.launcher.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.launcher.runtime.Surroundings;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ServiceManagerTest {

  @TempDir Path work;

  private @Nullable Socket systemd;

  @BeforeEach
  void systemdListens() throws IOException {
    assumeTrue(Epoll.isAvailable(), "needs Linux with Netty's native library");
    systemd = Socket.newSocketDomainDgram();
    systemd.bind(new DomainSocketAddress(path()));
  }

  @AfterEach
  void systemdIsGone() throws IOException {
    if (systemd != null) {
      systemd.close();
    }
  }

  private String path() {
    return work.resolve("notify").toString();
  }

  private ServiceManager manager(Map<String, String> environment) {
    return ServiceManager.of(new Surroundings(environment, work, false, false));
  }

  private String received() throws IOException {
    var buffer = ByteBuffer.allocateDirect(100);
    var socket = systemd;
    assertThat(socket).isNotNull();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (socket != null && System.nanoTime() < end) {
      var from = socket.recvFromDomainSocket(buffer, 0, 100);
      if (from != null) {
        var bytes = new byte[from.receivedAmount()];
        buffer.get(0, bytes);
        return new String(bytes, UTF_8);
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("nothing came");
  }

  @Test
  void readinessAndStoppingAreTold() throws IOException {
    try (var manager = manager(Map.of("NOTIFY_SOCKET", path()))) {
      manager.ready(_ -> true);
      assertThat(received()).isEqualTo("READY=1");
      manager.stopping();
      assertThat(received()).isEqualTo("STOPPING=1");
    }
  }

  @Test
  void readingTheConfigurationAgainIsTold() throws IOException {
    try (var manager = manager(Map.of("NOTIFY_SOCKET", path()))) {
      manager.reloading();
      assertThat(received()).matches("RELOADING=1\nMONOTONIC_USEC=[0-9]+");
      manager.reloaded();
      assertThat(received()).isEqualTo("READY=1");
    }
  }

  @Test
  void theWatchdogIsFedOnlyWhileTheWorkIsDone() throws IOException {
    var working = new AtomicBoolean();
    var asked = new AtomicBoolean();
    try (var manager = manager(Map.of("NOTIFY_SOCKET", path(), "WATCHDOG_USEC", "40000"))) {
      manager.ready(limit -> {
        assertThat(limit).hasMillis(10);
        asked.set(true);
        return working.get();
      });
      assertThat(received()).isEqualTo("READY=1");
      while (!asked.get()) {
        Thread.onSpinWait();
      }
      working.set(true);
      assertThat(received()).isEqualTo("WATCHDOG=1");
      assertThat(received()).isEqualTo("WATCHDOG=1");
    }
  }

  @Test
  void nobodyListeningDisturbsNothing() {
    try (var nowhere = manager(Map.of("NOTIFY_SOCKET", work.resolve("none").toString()));
        var nothing = manager(Map.of())) {
      nowhere.ready(_ -> true);
      nothing.ready(_ -> true);
      nothing.stopping();
    }
  }

  @Test
  void theWatchdogOfAnotherProcessIsNotFed() throws IOException {
    var asked = new AtomicBoolean();
    try (var manager =
        manager(Map.of("NOTIFY_SOCKET", path(), "WATCHDOG_USEC", "1000", "WATCHDOG_PID", "1"))) {
      manager.ready(_ -> {
        asked.set(true);
        return true;
      });
      assertThat(received()).isEqualTo("READY=1");
      manager.stopping();
      assertThat(received()).isEqualTo("STOPPING=1");
    }
    assertThat(asked).isFalse();
  }
}
