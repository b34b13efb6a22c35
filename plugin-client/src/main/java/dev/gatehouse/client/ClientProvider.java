package dev.gatehouse.client;

import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.client.io.ClientStage;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Provides the client role. It takes the place of the policy stage, so it runs only where the
 * configuration lists it: {@code stages = ["client"]}.
 */
public final class ClientProvider implements StageProvider<ClientConfig> {

  private static final PluginId ID = new PluginId("client");
  private static final Duration LONGEST_KEEPALIVE = Duration.ofSeconds(65535);

  /** For the service loader. */
  public ClientProvider() {}

  @Override
  public PluginId id() {
    return ID;
  }

  @Override
  public String summary() {
    return "Makes this machine a client that reaches resources through one gateway.";
  }

  @Override
  public Set<Lane> consumes() {
    return Set.of(Lane.FROM_TUN, Lane.FROM_TUNNEL);
  }

  @Override
  public boolean runsByDefault() {
    return false;
  }

  @Override
  public ClientConfig configure(ConfigReader section) {
    return new ClientConfig(
        section
            .parsed("gateway-public-key", "public key", PublicKey::parse)
            .describedAs("The gateway's public key.")
            .required(PublicKey.of(new byte[PublicKey.LENGTH])),
        section
            .parsed("gateway-endpoint", "address with port", Endpoint::parse)
            .describedAs("Where the gateway listens.")
            .must(endpoint -> endpoint.port() != 0, "have a port other than 0")
            .required(Endpoint.parse("0.0.0.0:51820")),
        section
            .path("preshared-key-file")
            .describedAs("A file with the pre-shared key, readable by its owner only.")
            .optional(),
        section
            .parsedList("allowed-ips", "network", Cidr::parse)
            .describedAs("What lies behind the gateway; packets from elsewhere are refused.")
            .must(networks -> !networks.isEmpty(), "name at least one network")
            .required(List.of()),
        section
            .duration("persistent-keepalive")
            .describedAs("How often to send when there is nothing to say.")
            .must(
                every ->
                    every.compareTo(Duration.ofSeconds(1)) >= 0
                        && every.compareTo(LONGEST_KEEPALIVE) <= 0,
                "be from 1s to 65535s")
            .optional());
  }

  @Override
  public Plugin create(ClientConfig config, PluginContext context) {
    return new ClientStage(config, context);
  }
}
