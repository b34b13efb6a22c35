package dev.gatehouse.admin;

import dev.gatehouse.admin.io.AdminPlugin;
import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.StageProvider;
import java.util.Set;

/** Provides the stage {@code admin}, which touches no packets. */
public final class AdminProvider implements StageProvider<AdminConfig> {

  /** For the service loader. */
  public AdminProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("admin");
  }

  @Override
  public String summary() {
    return "Admin API for operators: HTTP on a Unix domain socket.";
  }

  @Override
  public AdminConfig configure(ConfigReader section) {
    return AdminConfig.read(section);
  }

  @Override
  public Set<Lane> consumes() {
    return Set.of();
  }

  @Override
  public Plugin create(AdminConfig config, PluginContext context) {
    return new AdminPlugin(config, context);
  }
}
