package dev.gatehouse.store;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.store.io.EngineStore;
import dev.gatehouse.store.io.VolatileJournal;
import java.time.Duration;

/** Provides the store that forgets everything when the process ends: for tests and trials. */
public final class MemoryStoreProvider implements AuthorizationStoreProvider<MemoryStoreConfig> {

  /** Does nothing. */
  public MemoryStoreProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("memory");
  }

  @Override
  public String summary() {
    return "Keeps clients, resources and authorizations in memory; a restart forgets them.";
  }

  @Override
  public MemoryStoreConfig configure(ConfigReader section) {
    return new MemoryStoreConfig();
  }

  @Override
  public AuthorizationStore create(MemoryStoreConfig config, PluginContext context) {
    return new EngineStore(context, new VolatileJournal(), Duration.ZERO);
  }
}
