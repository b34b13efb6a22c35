package com.example.visitors;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.StageProvider;
import java.util.Set;

/** Tells Gatehouse what there is: an id, a sentence, settings, and how to make the plugin. */
public final class VisitorsProvider implements StageProvider<VisitorsProvider.Config> {

  /**
   * The section {@code [visitors]}.
   *
   * @param most how many visitors at a time are usual
   */
  public record Config(int most) {}

  /** Called by Gatehouse, which found this class in module-info. */
  public VisitorsProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("visitors");
  }

  @Override
  public String summary() {
    return "Counts who is connected.";
  }

  @Override
  public Config configure(ConfigReader section) {
    return new Config(
        section
            .integer("most")
            .describedAs("With more visitors than this at a time, the plugin is not well.")
            .between(1, 1_000_000)
            .orElse(1000));
  }

  @Override
  public Set<Lane> consumes() {
    return Set.of(); // it stands beside the packet path
  }

  @Override
  public Plugin create(Config config, PluginContext context) {
    return new Visitors(config, context.events());
  }
}
