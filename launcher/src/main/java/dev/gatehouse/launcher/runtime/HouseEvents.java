package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Events of one house: subscriptions end with it, whoever forgot them. Safe for any thread. */
final class HouseEvents implements Events, AutoCloseable {

  private final Events events;
  private final Set<Subscription> open = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  HouseEvents(Events events) {
    this.events = events;
  }

  @Override
  public void publish(GatewayEvent event) {
    if (!closed) {
      events.publish(event);
    }
  }

  @Override
  public <E extends GatewayEvent> Subscription subscribe(
      Class<E> type, Consumer<? super E> handler) {
    if (closed) {
      return () -> {};
    }
    var subscription = events.subscribe(type, handler);
    open.add(subscription);
    if (closed) { // meanwhile
      subscription.close();
    }
    return () -> {
      open.remove(subscription);
      subscription.close();
    };
  }

  @Override
  public void close() {
    closed = true;
    open.forEach(Subscription::close);
    open.clear();
  }
}
