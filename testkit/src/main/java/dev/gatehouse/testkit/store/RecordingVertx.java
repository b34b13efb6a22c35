package dev.gatehouse.testkit.store;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A Vert.x that remembers at which addresses of its event bus somebody listens. */
final class RecordingVertx {

  private final List<String> addresses = new CopyOnWriteArrayList<>();

  List<String> addresses() {
    return List.copyOf(addresses);
  }

  /** Wraps a Vert.x, which is asked for only when it is used. */
  Vertx around(Supplier<Vertx> real) {
    return proxy(
        Vertx.class,
        (proxy, method, arguments) ->
            method.getName().equals("eventBus")
                ? bus(real.get().eventBus())
                : call(real.get(), method, arguments));
  }

  private EventBus bus(EventBus real) {
    return proxy(
        EventBus.class,
        (proxy, method, arguments) -> {
          if (method.getName().equals("consumer") || method.getName().equals("localConsumer")) {
            addresses.add(String.valueOf(arguments[0]));
          }
          return call(real, method, arguments);
        });
  }

  @SuppressWarnings("NullAway") // proxies take and give null as the method they stand for does
  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            RecordingVertx.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
