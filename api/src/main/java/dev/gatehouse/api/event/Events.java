package dev.gatehouse.api.event;

import java.util.function.Consumer;

/**
 * The typed side of the event bus. Safe for any thread.
 *
 * @since 0.1.0
 */
public interface Events {

  /** The bus address of an event type; the type is one of the records in {@link GatewayEvent}. */
  static String address(Class<? extends GatewayEvent> type) {
    return "gatehouse.events." + type.getSimpleName();
  }

  /** Publishes an event to everyone who listens now; never blocks, never fails. */
  void publish(GatewayEvent event);

  /**
   * Listens to one type of event, or to all records of a sealed group.
   *
   * @param type a record of {@link GatewayEvent} or one of its sealed interfaces
   * @param handler called on an event-loop thread; must not block
   * @return ends the subscription when closed
   */
  <E extends GatewayEvent> Subscription subscribe(Class<E> type, Consumer<? super E> handler);

  /** Ends when closed; closing twice does nothing. */
  interface Subscription extends AutoCloseable {
    @Override
    void close();
  }
}
