package dev.gatehouse.launcher.shard;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events on the Vert.x bus, delivered by reference. A subscription runs on one event loop: the
 * subscriber's own if it is on one, another otherwise; so its handler is never called twice at a
 * time, and sees the events of one publisher in order.
 */
public final class BusEvents implements Events {

  private static final Logger LOG = LoggerFactory.getLogger(BusEvents.class);

  private final BusScope scope;

  /** Events of one gateway. */
  public BusEvents(BusScope scope) {
    this.scope = scope;
  }

  @Override
  public void publish(GatewayEvent event) {
    try {
      scope.vertx().eventBus().publish(scope.address(event.getClass()), event, scope.delivery());
    } catch (RuntimeException e) {
      LOG.atDebug()
          .setCause(e)
          .addKeyValue("event", event.getClass().getSimpleName())
          .log("an event could not be published");
    }
  }

  @Override
  public <E extends GatewayEvent> Subscription subscribe(
      Class<E> type, Consumer<? super E> handler) {
    var types = new ArrayList<Class<? extends E>>();
    collect(type, types);
    var consumers = new ArrayList<MessageConsumer<?>>();
    var ended = new AtomicBoolean();
    context()
        .dispatch(() -> {
          for (var one : types) {
            consumers.add(listen(one, handler, ended));
          }
        });
    return () -> end(consumers, ended);
  }

  private ContextInternal context() {
    var vertx = (VertxInternal) scope.vertx();
    var current = vertx.getContext();
    return current != null && current.isEventLoopContext() && current.inThread()
        ? current
        : vertx.createEventLoopContext();
  }

  private <E extends GatewayEvent> MessageConsumer<?> listen(
      Class<E> type, Consumer<? super E> handler, AtomicBoolean ended) {
    return scope
        .vertx()
        .eventBus()
        .localConsumer(
            scope.address(type),
            message -> {
              if (!ended.get()) {
                hand(type.cast(message.body()), handler);
              }
            });
  }

  private static <E extends GatewayEvent> void hand(E event, Consumer<? super E> handler) {
    try {
      handler.accept(event);
    } catch (RuntimeException | Error e) {
      LOG.atError()
          .setCause(e)
          .addKeyValue("event", event.getClass().getSimpleName())
          .log("an event handler failed");
    }
  }

  private static void end(List<MessageConsumer<?>> consumers, AtomicBoolean ended) {
    if (ended.compareAndSet(false, true)) {
      consumers.forEach(MessageConsumer::unregister);
    }
  }

  private static <E> void collect(Class<? extends E> type, List<Class<? extends E>> into) {
    if (!type.isSealed()) {
      into.add(type);
      return;
    }
    for (var permitted : type.getPermittedSubclasses()) {
      var sub = permitted.asSubclass(type);
      if (!into.contains(sub)) {
        collect(sub, into);
      }
    }
  }
}
