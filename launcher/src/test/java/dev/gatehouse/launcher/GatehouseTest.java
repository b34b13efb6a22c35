package dev.gatehouse.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.event.GatewayEvent.PluginEvent;
import dev.gatehouse.api.event.GatewayEvent.PluginFailed;
import dev.gatehouse.api.event.GatewayEvent.PluginStarted;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.runtime.Fakes;
import dev.gatehouse.launcher.runtime.Journal;
import dev.gatehouse.launcher.runtime.LaunchErrorCode;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class GatehouseTest {

  private static final List<String> ORDER =
      List.of("store", "tun", "transport", "tunnel", "policy", "admin");

  @TempDir Path state;

  private final Journal journal = new Journal();
  private final Fakes.Script script = new Fakes.Script();

  private Gatehouse.Builder builder(String toml) {
    var builder = Gatehouse.builder().configuration(toml).stateDirectory(state.resolve("s"));
    Fakes.all(journal, script).forEach(builder::provider);
    return builder;
  }

  private static List<String> steps(String step, List<String> names, String suffix) {
    return names.stream().map(name -> step + " " + name + suffix).toList();
  }

  private List<String> journal(String step) {
    return journal.entries().stream().filter(entry -> entry.startsWith(step + " ")).toList();
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(condition.getAsBoolean()).as("condition within a minute").isTrue();
  }

  @Test
  void pluginsAreCreatedThenStartedInOrderAndStoppedAndClosedInReverse() {
    try (var gateway = builder("").start()) {
      assertThat(gateway.plugins().keySet().stream().map(PluginId::value))
          .containsExactlyElementsOf(ORDER);
      assertThat(gateway.tun().name()).isEqualTo("tun@tun");
      assertThat(gateway.about()).containsKeys("version", "revision", "started-at");
    }
    var expected = new java.util.ArrayList<>(steps("create", ORDER, " 3"));
    expected.addAll(steps("start", ORDER, ""));
    expected.addAll(steps("stop", ORDER.reversed(), ""));
    expected.addAll(steps("close", ORDER.reversed(), ""));
    assertThat(journal.entries()).containsExactlyElementsOf(expected);
  }

  @Test
  void closingTwiceDoesNothing() {
    var gateway = builder("").start();
    gateway.close();
    int before = journal.entries().size();
    gateway.close();

    assertThat(journal.entries()).hasSize(before);
    assertThatThrownBy(gateway::store).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(gateway::start).isInstanceOf(GatehouseException.class);
  }

  @Test
  void recordsConfigureProvidersWithoutASection() {
    Fakes.Config config = new Fakes.Config(9);
    var builder = Gatehouse.builder().stateDirectory(state.resolve("s"));
    for (var provider : Fakes.all(journal, script)) {
      if (provider instanceof dev.gatehouse.api.spi.TunProvider<?> tun) {
        @SuppressWarnings("unchecked") // all fakes have this configuration
        var typed = (dev.gatehouse.api.spi.TunProvider<Fakes.Config>) tun;
        builder.provider(typed, config);
      } else {
        builder.provider(provider);
      }
    }
    builder.start().close();

    assertThat(journal.entries()).contains("create tun 9", "create tunnel 3");
  }

  @Test
  void aFailureInTheMiddleClosesEverythingThatWasOpened() {
    script.on(
        "transport.start",
        () -> {
          throw new GatehouseException(
              StandardErrorCode.ADDRESS_IN_USE, "UDP port 51820 is in use.", "Choose another.");
        });
    var failed = new CopyOnWriteArrayList<GatewayEvent>();

    var problem =
        catchThrowableOfType(
            GatehouseException.class,
            () -> builder("").on(PluginFailed.class, failed::add).start());

    assertThat(problem.code()).isEqualTo(StandardErrorCode.ADDRESS_IN_USE);
    assertThat(journal("start")).containsExactly("start store", "start tun", "start transport");
    assertThat(journal("stop")).containsExactly("stop tun", "stop store");
    assertThat(journal("close")).containsExactlyElementsOf(steps("close", ORDER.reversed(), ""));
    script.on("transport.start", () -> {});
    builder("").start().close(); // the directory is free again
  }

  @Test
  void aFailureToCreateClosesWhatExists() {
    script.on(
        "transport.create",
        () -> {
          throw new IllegalStateException("no");
        });

    assertThatThrownBy(() -> builder("").start())
        .hasMessageContaining("Plugin 'transport' failed to create (IllegalStateException: no).");
    assertThat(journal("start")).isEmpty();
    assertThat(journal("close")).containsExactly("close tun", "close store");
  }

  @Test
  void anErrorInStartIsAFaultOfThatPlugin() {
    script.on(
        "tun.start",
        () -> {
          throw new NoSuchMethodError("gone()");
        });

    assertThatThrownBy(() -> builder("").start())
        .isInstanceOfSatisfying(
            GatehouseException.class,
            problem -> assertThat(problem.code()).isEqualTo(StandardErrorCode.PLUGIN_BROKEN))
        .hasMessageContaining("Plugin 'tun' failed to start (NoSuchMethodError: gone()).");
  }

  @Test
  void aHungStartIsInterruptedAndNamed() {
    var interrupted = new CountDownLatch(1);
    script.on(
        "tunnel.start",
        () -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        });

    assertThatThrownBy(() -> builder("start-timeout = \"2s\"").start())
        .isInstanceOfSatisfying(
            GatehouseException.class,
            problem -> assertThat(problem.code()).isEqualTo(StandardErrorCode.PLUGIN_TIMEOUT))
        .hasMessageContaining("Plugin 'tunnel' did not start within 2s.");
    await(() -> interrupted.getCount() == 0);
    assertThat(journal("close")).hasSize(6);
  }

  @Test
  void aHungStopIsLeftBehindAndTheRestIsClosed() {
    script.on("tun.stop", () -> new CountDownLatch(1).await());
    script.on(
        "policy.stop",
        () -> {
          throw new IllegalStateException("no");
        });
    var gateway = builder("stop-timeout = \"1s\"").start();

    gateway.close();

    assertThat(journal("stop")).containsExactlyElementsOf(steps("stop", ORDER.reversed(), ""));
    assertThat(journal("close")).containsExactlyElementsOf(steps("close", ORDER.reversed(), ""));
  }

  @Test
  void closingDuringTheStartGivesItUp() throws Exception {
    var starting = new CountDownLatch(1);
    script.on(
        "transport.start",
        () -> {
          starting.countDown();
          new CountDownLatch(1).await();
        });
    var gateway = builder("").build();
    var start = CompletableFuture.runAsync(gateway::start);
    starting.await();

    gateway.close();

    assertThat(journal("close")).hasSize(6); // before close returned
    assertThatThrownBy(() -> start.get(60, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            GatehouseException.class,
            problem -> assertThat(problem.code()).isEqualTo(LaunchErrorCode.START_CANCELLED));
    script.on("transport.start", () -> {});
    builder("").start().close();
  }

  @Test
  void closingBeforeTheStartPreventsIt() {
    var gateway = builder("").build();
    gateway.close();

    assertThatThrownBy(gateway::start).hasMessageContaining("closed while it was starting");
    assertThat(journal.entries()).isEmpty();
  }

  @Test
  void closeAndStartMayRace() throws Exception {
    for (int i = 0; i < 30; i++) {
      var gateway = builder("").build();
      var start = CompletableFuture.runAsync(gateway::start).exceptionally(problem -> null);
      for (int spin = 0; spin < i * 20_000; spin++) {
        Thread.onSpinWait();
      }
      gateway.close();
      start.get(60, TimeUnit.SECONDS);
      assertThat(Files.exists(state.resolve("s")) ? markers() : List.of()).isEmpty();
    }
    assertThat(journal("close")).hasSameSizeAs(journal("create"));
  }

  private List<Path> markers() throws IOException {
    try (var files = Files.list(state.resolve("s"))) {
      return files.filter(file -> file.getFileName().toString().startsWith(".lock")).toList();
    }
  }

  @Test
  void anInterruptOfTheCallerGivesTheStartUp() throws Exception {
    var starting = new CountDownLatch(1);
    script.on(
        "store.start",
        () -> {
          starting.countDown();
          new CountDownLatch(1).await();
        });
    var outcome = new CompletableFuture<Boolean>();
    var caller =
        Thread.ofPlatform()
            .start(() -> {
              try {
                builder("").start();
              } catch (GatehouseException e) {
                outcome.complete(Thread.currentThread().isInterrupted());
              }
            });
    starting.await();
    caller.interrupt();

    assertThat(outcome.get(60, TimeUnit.SECONDS)).as("interrupt flag kept").isTrue();
    assertThat(journal("close")).hasSize(6);
  }

  @Test
  void listenersHearFromTheFirstPluginOn() {
    var heard = new CopyOnWriteArrayList<String>();
    try (var gateway =
        builder("").on(PluginEvent.class, event -> heard.add(event.plugin())).start()) {
      assertThat(gateway.plugins()).hasSize(6);
      await(() -> heard.size() == 6);
      assertThat(heard).containsExactlyElementsOf(ORDER);
    }
  }

  @Test
  void twoGatewaysRunSideBySideOnOneVertx() {
    var vertx = Vertx.vertx();
    var heard = new CopyOnWriteArrayList<String>();
    try (var first = builder("").vertx(vertx).on(PluginStarted.class, e -> heard.add("1")).start();
        var second =
            builder("")
                .vertx(vertx)
                .stateDirectory(state.resolve("other"))
                .on(PluginStarted.class, e -> heard.add("2"))
                .start()) {
      assertThat(first.stateDirectory()).isNotEqualTo(second.stateDirectory());
      await(() -> heard.size() == 12);
      assertThat(heard.stream().filter("1"::equals)).hasSize(6);
    }
    assertThat(vertx.timer(1).toCompletionStage().toCompletableFuture())
        .as("the given Vert.x still works")
        .succeedsWithin(Duration.ofSeconds(60));
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void aSecondGatewayOnOneStateDirectoryIsRefused() {
    try (var first = builder("").start()) {
      assertThat(first.plugins()).isNotEmpty();
      assertThatThrownBy(() -> builder("").start())
          .isInstanceOfSatisfying(
              GatehouseException.class,
              problem -> assertThat(problem.code()).isEqualTo(StandardErrorCode.STATE_LOCKED));
    }
  }

  @Test
  void nothingIsLeftAfterManyLives() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/statm")), "what is left is counted in /proc");
    builder("").start().close();
    await(() -> ownThreads().isEmpty());
    long files = openFiles();
    long memory = residentMegabytes();
    for (int i = 0; i < 20; i++) {
      builder("[shards]\ncount = 2").start().close();
    }

    await(() -> ownThreads().isEmpty());
    await(() -> openFiles() <= files);
    assertThat(residentMegabytes() - memory)
        .as("growth in MiB, where the slabs of one life take 36")
        .isLessThan(250);
    try (var left = Files.list(state.resolve("s"))) {
      assertThat(left.map(Path::getFileName)).containsExactly(Path.of("lock"));
    }
  }

  /** Threads of Vert.x, Netty and plugins; Netty's global executor ends by itself. */
  private static Set<String> ownThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name ->
            name.startsWith("vert.x") || name.startsWith("gatehouse") || name.startsWith("vertx"))
        .collect(Collectors.toSet());
  }

  private static long residentMegabytes() throws IOException {
    var pages =
        Files.readString(Path.of("/proc/self/statm")).replaceAll("^\\d+ (\\d+) (?s:.*)$", "$1");
    return (Long.parseLong(pages) * 4096) >> 20;
  }

  private static long openFiles() {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    } catch (IOException e) {
      return 0;
    }
  }
}
