package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.store.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The founding rule, from the store's side: it has no ear for connections. */
class StoreListensToNothingTest {

  @TempDir private Path directory;

  @Test
  void sqliteRegistersNoConsumerOnAnyChannel() throws Exception {
    assertListensToNothing(
        context -> new SqliteStoreProvider().create(SqliteStoreConfig.defaults(), context));
  }

  @Test
  void memoryRegistersNoConsumerOnAnyChannel() throws Exception {
    assertListensToNothing(
        context -> new MemoryStoreProvider().create(new MemoryStoreConfig(), context));
  }

  private void assertListensToNothing(Function<PluginContext, AuthorizationStore> maker)
      throws Exception {
    try (var context = new TestContext("store", directory);
        var store = maker.apply(context)) {
      store.start();
      var soon = Deadline.after(Duration.ofMinutes(1), context.time());
      store.createClient(Samples.client(0), soon);
      store.createResource(Samples.resource(0), soon);
      store.grant(Samples.authorization(0, 0, context.time().now(), Optional.empty()), soon);
      var disconnected =
          new GatewayEvent.PeerDisconnected(
              context.time().now(),
              Samples.clientId(0),
              Samples.publicKey(0),
              DisconnectReason.SILENT);
      context.events().publish(disconnected);
      // A message to an address at which nobody listens fails; that is how it shows.
      var address = Events.address(GatewayEvent.PeerDisconnected.class);
      var request = context.vertx().eventBus().request(address, "is anybody there?");
      assertThat(request.toCompletionStage().toCompletableFuture())
          .failsWithin(Duration.ofSeconds(5));
      assertThat(context.events().subscribed()).isEmpty();
      assertThat(store.authorization(Samples.key(0, 0), soon)).isPresent();
      store.stop();
    }
  }
}
