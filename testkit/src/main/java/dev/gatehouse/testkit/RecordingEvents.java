package dev.gatehouse.testkit;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Events that are delivered at once on the publishing thread and remembered, together with who
 * subscribed to what. Safe for any thread.
 *
 * @since 0.1.0
 */
public final class RecordingEvents implements Events {

  private record Listener<E extends GatewayEvent>(Class<E> type, Consumer<? super E> handler) {
    void offer(GatewayEvent event) {
      if (type.isInstance(event)) {
        handler.accept(type.cast(event));
      }
    }
  }

  private final List<GatewayEvent> published = Collections.synchronizedList(new ArrayList<>());
  private final List<Class<? extends GatewayEvent>> subscribed = new CopyOnWriteArrayList<>();
  private final List<Listener<?>> listeners = new CopyOnWriteArrayList<>();
  private volatile boolean deaf;

  /** Nothing published, nobody listening. */
  public RecordingEvents() {}

  @Override
  public void publish(GatewayEvent event) {
    published.add(event);
    if (!deaf) {
      listeners.forEach(listener -> listener.offer(event));
    }
  }

  @Override
  public <E extends GatewayEvent> Subscription subscribe(
      Class<E> type, Consumer<? super E> handler) {
    var listener = new Listener<>(type, handler);
    subscribed.add(type);
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** While on, events are remembered but reach nobody: the bus loses everything. */
  public void loseEverything(boolean on) {
    deaf = on;
  }

  /** Everything published so far, in order. */
  public List<GatewayEvent> published() {
    return List.copyOf(published);
  }

  /** What was published of one type, in order. */
  public <E extends GatewayEvent> List<E> published(Class<E> type) {
    return published().stream().filter(type::isInstance).map(type::cast).toList();
  }

  /** Every type anybody ever subscribed to, also if the subscription has ended. */
  public List<Class<? extends GatewayEvent>> subscribed() {
    return List.copyOf(subscribed);
  }
}
