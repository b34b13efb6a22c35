package dev.gatehouse.api.spi;

import java.util.List;

/**
 * What a {@link ServiceProvider} creates.
 *
 * @since 0.1.0
 */
public interface Service extends Plugin {

  /**
   * Takes on nothing new and waits until what is under way has ended, or until a bound the service
   * sets itself has passed. Called at most once, between {@link #start()} and {@link #stop()}, on a
   * virtual thread and without a deadline; from its beginning on {@link #health()} says that the
   * service is leaving.
   *
   * @throws InterruptedException when waiting is to end now
   */
  default void drain() throws InterruptedException {}

  /** Where it can be reached once started, as an operator would write it. Any thread. */
  default List<String> listening() {
    return List.of();
  }
}
