package com.example.visitors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent.PeerConnected;
import dev.gatehouse.api.event.GatewayEvent.PeerDisconnected;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.TestSection;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VisitorsTest {

  @TempDir Path state;

  private static PeerConnected comes(TestContext context, String name) {
    return new PeerConnected(
        context.time().now(),
        new ClientId(name),
        PublicKey.of(new byte[32]),
        Endpoint.parse("192.0.2.1:51820"));
  }

  private static PeerDisconnected goes(TestContext context, String name) {
    return new PeerDisconnected(
        context.time().now(),
        new ClientId(name),
        PublicKey.of(new byte[32]),
        DisconnectReason.SILENT);
  }

  @Test
  void whoComesAndGoesIsCounted() throws Exception {
    try (var context = new TestContext("visitors", state)) {
      var provider = new VisitorsProvider();
      var plugin = provider.create(new VisitorsProvider.Config(1), context);
      plugin.start();

      context.events().publish(comes(context, "ann"));
      context.events().publish(comes(context, "bob"));
      assertThat(plugin.status()).isEqualTo(Map.of("present", 2, "visits", 2L));
      assertThat(plugin.health().isOk()).isFalse();

      context.events().publish(goes(context, "ann"));
      assertThat(plugin.status()).isEqualTo(Map.of("present", 1, "visits", 2L));
      assertThat(plugin.health().isOk()).isTrue();
      plugin.stop();
      plugin.close();
    }
  }

  @Test
  void settingsAreChecked() {
    var provider = new VisitorsProvider();
    assertThat(provider.configure(new TestSection(Map.of())).most()).isEqualTo(1000);

    var wrong = new TestSection(Map.of("most", 0));
    provider.configure(wrong);
    assertThat(wrong.problems()).singleElement().asString().startsWith("most:");
  }
}
