package dev.gatehouse.api.model;

import java.util.Optional;

/**
 * A client as the store keeps it. What it may reach is not here: see {@link Authorization}.
 *
 * @param id its id
 * @param name what people call it; any text up to 255 characters without control characters
 * @param publicKey its WireGuard public key, unique among clients
 * @param presharedKey the optional pre-shared key
 * @param addresses its addresses inside the tunnel, unique among clients
 * @since 0.1.0
 */
public record Client(
    ClientId id,
    String name,
    PublicKey publicKey,
    Optional<SecretKey> presharedKey,
    TunnelAddresses addresses) {

  /** Checks the name. */
  public Client {
    Texts.checkedName("client", name);
  }
}
