package com.example.filestore;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.spi.AuthorizationStoreProvider;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.store.AuthorizationStore;

/** What Gatehouse finds: an id, a sentence, the settings, and the store itself. */
public final class FileStoreProvider implements AuthorizationStoreProvider<FileStoreProvider.Config> {

  /**
   * The section {@code [auth-store]}.
   *
   * @param name the file's name in the state directory
   */
  public record Config(String name) {}

  /** For the service loader. */
  public FileStoreProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("file");
  }

  @Override
  public String summary() {
    return "Keeps clients, resources and authorizations in one text file.";
  }

  @Override
  public Config configure(ConfigReader section) {
    return new Config(
        section
            .text("name")
            .describedAs("The name of the file in the state directory.")
            .must(name -> name.matches("[a-z0-9-]{1,40}"), "be 1 to 40 of a-z, 0-9 and '-'")
            .orElse("authorizations"));
  }

  @Override
  public AuthorizationStore create(Config config, PluginContext context) {
    return new FileStore(context, context.stateDirectory().resolve(config.name()));
  }
}
