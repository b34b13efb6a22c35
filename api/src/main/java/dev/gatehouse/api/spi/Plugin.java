package dev.gatehouse.api.spi;

import java.util.Map;

/**
 * What a provider creates. The launcher calls {@link #start}, later {@link #stop}, at last {@link
 * #close}, each at most once and on a virtual thread, with a deadline for the first two; plugins
 * stop in the reverse order of their start. {@code close} is also called if {@code start} failed.
 *
 * @since 0.1.0
 */
public interface Plugin extends AutoCloseable {

  /**
   * Opens what is needed and begins to work. All plugins of the gateway exist by now, so the
   * services of the {@link PluginContext} may be used.
   *
   * @throws dev.gatehouse.api.GatehouseException for what a user can mend
   * @throws InterruptedException when the deadline has passed
   */
  void start() throws InterruptedException;

  /**
   * Stops taking in work and finishes or drops what is under way.
   *
   * @throws InterruptedException when the deadline has passed
   */
  void stop() throws InterruptedException;

  /** Releases everything: threads, descriptors, memory, keys. Does not fail. */
  @Override
  void close();

  /** Whether it works right now, and if not, why. Cheap; any thread. */
  default Health health() {
    return Health.ok();
  }

  /**
   * Facts for {@code gatehouse status}: values are strings, numbers, booleans, lists and maps of
   * these. No secrets. Cheap; any thread.
   */
  default Map<String, Object> status() {
    return Map.of();
  }
}
