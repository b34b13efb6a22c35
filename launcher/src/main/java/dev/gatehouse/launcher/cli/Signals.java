package dev.gatehouse.launcher.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.slf4j.LoggerFactory;

/**
 * SIGTERM, SIGINT and SIGHUP. A shutdown hook could not choose the exit code nor hear a second
 * signal, so this uses the JDK's signal class, by reflection because the compiler warns of any
 * other use.
 */
final class Signals implements AutoCloseable {

  private static final List<String> STOPPING = List.of("TERM", "INT");
  private static final String HANGUP = "HUP";

  private final AtomicInteger heard = new AtomicInteger();
  private final Consumer<String> onFirst;
  private final List<Runnable> restore = new ArrayList<>();

  private Signals(Consumer<String> onFirst) {
    this.onFirst = onFirst;
  }

  /**
   * Calls back on the first signal, on a thread of its own; the second one ends the process with
   * 128 plus the signal's number.
   */
  static Signals onStop(Consumer<String> onFirst) {
    var signals = new Signals(onFirst);
    for (var name : STOPPING) {
      signals.listen(name, number -> signals.hear(name, number));
    }
    return signals;
  }

  /** Calls back on every SIGHUP, on a thread of its own each time. */
  static Signals onHangup(Runnable action) {
    var signals = new Signals(_ -> {});
    signals.listen(HANGUP, _ -> action.run());
    return signals;
  }

  private void listen(String name, IntConsumer action) {
    try {
      var signalType = Class.forName("sun.misc.Signal");
      var handlerType = Class.forName("sun.misc.SignalHandler");
      var signal = signalType.getConstructor(String.class).newInstance(name);
      int number = (int) signalType.getMethod("getNumber").invoke(signal);
      var handle = signalType.getMethod("handle", signalType, handlerType);
      InvocationHandler invocation =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.accept(number);
                  yield null;
                }
                case "equals" -> arguments != null && isSame(proxy, arguments[0]);
                case "hashCode" -> System.identityHashCode(proxy);
                default -> name;
              };
      var handler =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(), new Class<?>[] {handlerType}, invocation);
      var previous = handle.invoke(null, signal, handler);
      restore.add(() -> {
        try {
          handle.invoke(null, signal, previous);
        } catch (ReflectiveOperationException e) {
          LoggerFactory.getLogger(Signals.class).atDebug().setCause(e).log("signal kept");
        }
      });
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // not on this system, or taken by the virtual machine (-Xrs): the default applies
      LoggerFactory.getLogger(Signals.class)
          .atDebug()
          .setCause(e)
          .addKeyValue("signal", name)
          .log("signal cannot be handled");
    }
  }

  @SuppressWarnings("ReferenceEquality") // a proxy's equals ends up here
  private static boolean isSame(Object proxy, Object other) {
    return proxy == other;
  }

  private void hear(String name, int number) {
    if (heard.getAndIncrement() == 0) {
      onFirst.accept("SIG" + name);
    } else {
      Runtime.getRuntime().halt(128 + number);
    }
  }

  @Override
  public void close() {
    restore.forEach(Runnable::run);
  }
}
