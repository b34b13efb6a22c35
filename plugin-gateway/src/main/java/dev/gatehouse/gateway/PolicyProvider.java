package dev.gatehouse.gateway;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.gateway.io.PolicyStage;
import java.util.Set;

/** Provides the policy stage, {@code policy}. */
public final class PolicyProvider implements StageProvider<PolicyConfig> {

  /** For the service loader. */
  public PolicyProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("policy");
  }

  @Override
  public String summary() {
    return "Lets packets pass between clients and resources where an authorization allows it.";
  }

  @Override
  public PolicyConfig configure(ConfigReader section) {
    return PolicyConfig.read(section);
  }

  @Override
  public Set<Lane> consumes() {
    return Set.of(Lane.FROM_TUN, Lane.FROM_TUNNEL);
  }

  @Override
  public Plugin create(PolicyConfig config, PluginContext context) {
    return new PolicyStage(config, context);
  }
}
