package com.example.visitors;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent.PeerConnected;
import dev.gatehouse.api.event.GatewayEvent.PeerDisconnected;
import dev.gatehouse.api.event.GatewayEvent.PeerEvent;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.Plugin;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The plugin while it runs. */
final class Visitors implements Plugin {

  private final VisitorsProvider.Config config;
  private final Events events;
  private final Set<ClientId> present = ConcurrentHashMap.newKeySet();
  private final AtomicLong visits = new AtomicLong();
  private Events.Subscription subscription = () -> {};

  Visitors(VisitorsProvider.Config config, Events events) {
    this.config = config;
    this.events = events;
  }

  @Override
  public void start() {
    subscription = events.subscribe(PeerEvent.class, this::heard);
  }

  private void heard(PeerEvent event) {
    switch (event) {
      case PeerConnected _ -> {
        visits.incrementAndGet();
        present.add(event.client());
      }
      case PeerDisconnected _ -> present.remove(event.client());
      default -> {} // who roams stays
    }
  }

  @Override
  public Health health() {
    return present.size() <= config.most()
        ? Health.ok()
        : Health.failing("More visitors than usual are there: " + present.size() + ".");
  }

  @Override
  public Map<String, Object> status() {
    return Map.of("present", present.size(), "visits", visits.get());
  }

  @Override
  public void stop() {
    subscription.close();
  }

  @Override
  public void close() {}
}
