package dev.gatehouse.client;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How to reach the gateway.
 *
 * @param gatewayPublicKey the gateway's public key
 * @param gatewayEndpoint where the gateway listens
 * @param presharedKeyFile a file with the pre-shared key, if there is one
 * @param allowedIps what lies behind the gateway; packets from elsewhere are refused
 * @param persistentKeepalive how often to send when there is nothing to say; empty for never
 */
public record ClientConfig(
    PublicKey gatewayPublicKey,
    Endpoint gatewayEndpoint,
    Optional<Path> presharedKeyFile,
    List<Cidr> allowedIps,
    Optional<Duration> persistentKeepalive) {

  /** Copies the list. */
  public ClientConfig {
    allowedIps = List.copyOf(allowedIps);
  }
}
