package dev.gatehouse.admin.core.uapi;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What is to change in one peer; what is empty stays.
 *
 * @param key which
 * @param remove whether it is to go
 * @param updateOnly whether to do nothing if there is no such peer
 * @param presharedKey the new pre-shared key, all zero for none
 * @param endpoint where it is
 * @param persistentKeepalive how often to send when there is nothing to say; zero for never
 * @param replaceAllowedIps whether the allowed networks are all there are, not additions
 * @param allowedIps networks to add and to take away, in order
 */
public record PeerChange(
    PublicKey key,
    boolean remove,
    boolean updateOnly,
    Optional<SecretKey> presharedKey,
    Optional<Endpoint> endpoint,
    Optional<Duration> persistentKeepalive,
    boolean replaceAllowedIps,
    List<AllowedIp> allowedIps) {

  /** Copies the list. */
  public PeerChange {
    allowedIps = List.copyOf(allowedIps);
  }

  /**
   * One network.
   *
   * @param network which
   * @param remove whether it is to go rather than to come
   */
  public record AllowedIp(Cidr network, boolean remove) {}
}
