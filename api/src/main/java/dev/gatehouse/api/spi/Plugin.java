package dev.gatehouse.api.spi;

import java.util.Map;
import java.util.Optional;

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

  /**
   * Gets ready to work with another configuration, without changing anything yet. Called between
   * {@link #start} and {@link #stop} whenever the configuration was read again and is sound, also
   * if nothing in this plugin's section differs: files it names may have changed. The change is
   * made by what is returned, after every plugin has got ready.
   *
   * @param config what the plugin's own provider has read. Differs from the present one only in
   *     keys that were declared {@link dev.gatehouse.api.config.ConfigReader.Key#live() live}
   * @return makes the change; does not fail. Called once at most, on the same thread
   * @throws dev.gatehouse.api.GatehouseException if the change cannot be made; nothing changes
   *     anywhere then
   * @throws InterruptedException when the deadline has passed
   */
  default Runnable reconfigure(Record config) throws InterruptedException {
    return () -> {};
  }

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

  /**
   * Made-up work that makes this plugin's packet path fast before packets come; nothing for a
   * plugin that has none. Called at most once, after all plugins have started, on the thread of the
   * shard it is given.
   *
   * @param shard one for this rehearsal alone, with a small pool and lanes of its own that nobody
   *     else uses; it is closed after the rehearsal
   */
  default Optional<Rehearsal> rehearsal(Shard shard) {
    return Optional.empty();
  }
}
