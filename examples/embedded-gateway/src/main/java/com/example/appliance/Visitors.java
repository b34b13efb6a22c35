package com.example.appliance;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent.PeerConnected;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A plugin of the appliance's own: remembers who was there. */
final class Visitors {

  private final List<String> seen = new CopyOnWriteArrayList<>();

  /** What the plugin tells in `gatehouse status`, too. */
  Map<String, Object> status() {
    return Map.of("seen", List.copyOf(seen));
  }

  /** The plugin, for one life of one gateway. */
  Plugin in(PluginContext context) {
    return new Plugin() {
      private Events.Subscription subscription = () -> {};

      @Override
      public void start() {
        subscription =
            context.events().subscribe(PeerConnected.class, e -> seen.add(e.client().toString()));
      }

      @Override
      public void stop() {
        subscription.close();
      }

      @Override
      public void close() {}

      @Override
      public Map<String, Object> status() {
        return Visitors.this.status();
      }
    };
  }
}
