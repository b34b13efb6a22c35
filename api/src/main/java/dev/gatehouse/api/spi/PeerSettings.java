package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.time.Duration;
import java.util.Optional;

/**
 * What the tunnel needs to know of a peer.
 *
 * @param handle the number the peer has in {@link dev.gatehouse.api.packet.PacketBatch#peer(int)};
 *     chosen by the policy stage, not negative, never used again for another peer
 * @param client whose peer it is, for events
 * @param publicKey its static public key, unique among peers
 * @param presharedKey the pre-shared key; the tunnel takes a copy
 * @param endpoint where to find it, if it is to be called rather than waited for
 * @param persistentKeepalive how often to send when there is nothing to say; empty for never
 * @param timing the times of its connection; another timing does not end the sessions
 * @since 0.1.0
 */
public record PeerSettings(
    int handle,
    ClientId client,
    PublicKey publicKey,
    Optional<SecretKey> presharedKey,
    Optional<Endpoint> endpoint,
    Optional<Duration> persistentKeepalive,
    PeerTiming timing) {

  /** A peer with the times of the WireGuard paper. */
  public PeerSettings(
      int handle,
      ClientId client,
      PublicKey publicKey,
      Optional<SecretKey> presharedKey,
      Optional<Endpoint> endpoint,
      Optional<Duration> persistentKeepalive) {
    this(
        handle,
        client,
        publicKey,
        presharedKey,
        endpoint,
        persistentKeepalive,
        PeerTiming.STANDARD);
  }
}
