package dev.gatehouse.launcher.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.event.GatewayEvent.PluginFailed;
import dev.gatehouse.api.event.GatewayEvent.PluginStarted;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.Plugin;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Plugins that fail after they have started. */
class PluginFaultsTest {

  private final List<PluginFailed> failed = new ArrayList<>();
  private final List<Consumer<GatewayEvent>> handlers = new ArrayList<>();
  private final Events events =
      new Events() {
        @Override
        public void publish(GatewayEvent event) {
          if (event instanceof PluginFailed problem) {
            failed.add(problem);
          }
          List.copyOf(handlers).forEach(handler -> handler.accept(event));
        }

        @Override
        public <E extends GatewayEvent> Subscription subscribe(
            Class<E> type, Consumer<? super E> handler) {
          handlers.add(event -> handler.accept(type.cast(event)));
          return () -> {};
        }
      };
  private final PluginFaults faults = new PluginFaults(TimeSource.system(), events);

  private static final class Moody implements Plugin {
    private Health health = Health.ok();

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void close() {}

    @Override
    public Health health() {
      if (health.problem().filter("throw"::equals).isPresent()) {
        throw new IllegalStateException();
      }
      return health;
    }
  }

  @Test
  void aHandlerThatThrowsIsThePluginsFaultAndTheOthersAreHeard() {
    var heard = new ArrayList<GatewayEvent>();
    faults
        .of("bad")
        .subscribe(
            PluginStarted.class,
            event -> {
              throw new StackOverflowError();
            });
    faults.of("good").subscribe(PluginStarted.class, heard::add);
    handlers.set(0, onlyStarted(handlers.get(0)));
    handlers.set(1, onlyStarted(handlers.get(1)));

    for (int i = 0; i < 100; i++) {
      events.publish(new PluginStarted(Instant.EPOCH, "x"));
    }

    assertThat(heard).hasSize(100);
    assertThat(failed)
        .hasSize(7)
        .allSatisfy(one -> {
          assertThat(one.plugin()).isEqualTo("bad");
          assertThat(one.message())
              .isEqualTo(
                  "It failed while it handled PluginStarted (StackOverflowError); this is a fault of"
                      + " the plugin.");
        });
  }

  private static Consumer<GatewayEvent> onlyStarted(Consumer<GatewayEvent> handler) {
    return event -> {
      if (event instanceof PluginStarted) {
        handler.accept(event);
      }
    };
  }

  @Test
  void aHandlerThatThrowsAtTheNewsOfItsFailureDoesNotGoOnForEver() {
    faults
        .of("bad")
        .subscribe(
            GatewayEvent.class,
            event -> {
              throw new IllegalStateException();
            });

    events.publish(new PluginStarted(Instant.EPOCH, "x"));

    assertThat(failed).hasSize(2);
  }

  @Test
  void aHealthThatTurnsBadIsToldOnceUntilItIsGoodAgain() {
    var plugin = new Moody();
    Map<String, Plugin> plugins = Map.of("moody", plugin);
    faults.look(plugins);
    assertThat(failed).isEmpty();

    plugin.health = Health.failing("The disk is full.");
    faults.look(plugins);
    faults.look(plugins);
    assertThat(failed)
        .singleElement()
        .extracting(PluginFailed::message)
        .isEqualTo("The disk is full.");

    plugin.health = Health.ok();
    faults.look(plugins);
    plugin.health = Health.failing("throw");
    faults.look(plugins);
    assertThat(failed).hasSize(2);
    assertThat(failed.getLast().message()).startsWith("It cannot tell how it is");
  }

  @Test
  void aThreadThatDiesIsThePluginsWhoseLoaderItHas() throws Exception {
    try (var loader = new URLClassLoader(new URL[0])) {
      faults.know("bad", loader);
      var thread = new Thread(() -> {}, "worker");
      thread.setContextClassLoader(loader);

      faults.threadDied(thread, new IllegalStateException("no luck"));
      faults.threadDied(new Thread(() -> {}), new IllegalStateException("somebody else"));

      assertThat(failed)
          .singleElement()
          .extracting(PluginFailed::message)
          .isEqualTo(
              "It failed on its thread worker (IllegalStateException); this is a fault of the plugin.");
    }
  }

  @Test
  void watchingEndsWithClosing() {
    faults.watch(Map.of("moody", new Moody()));
    faults.close();
    faults.close();

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}
