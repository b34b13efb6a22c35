package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The encrypted tunnel. It consumes {@link dev.gatehouse.api.packet.Lane#TO_TUNNEL} and {@link
 * dev.gatehouse.api.packet.Lane#FROM_NETWORK} and knows nothing of authorizations: which peers
 * exist is told by the policy stage, what they may reach is the policy's business. Removing a peer
 * ends its connection; a connection that ends never removes a peer.
 *
 * @since 0.1.0
 */
public interface Tunnel extends Plugin {

  /** The gateway's public key. Any thread, from creation on. */
  PublicKey publicKey();

  /**
   * Adds a peer, or changes one that has the same handle. A changed public key or pre-shared key
   * ends the sessions; everything else keeps them. A peer that was connected when its pre-shared
   * key changed is called at once. Any thread.
   *
   * @return completed once it holds on the owning shard
   */
  Future<Void> putPeer(PeerSettings peer);

  /** Removes a peer and overwrites its session keys. Any thread. */
  Future<Void> removePeer(int handle);

  /**
   * Changes how a peer is reached, whoever added it: what is empty stays as it is. It outlasts
   * later {@link #putPeer} calls that say nothing of it, and ends with the peer. Sessions are kept.
   * Any thread.
   *
   * @param endpoint where the peer is to be looked for from now on, until it is heard of elsewhere
   * @param persistentKeepalive how often to send when there is nothing to say; zero for never
   * @return whether there is a peer with this key
   */
  default Future<Boolean> adjustPeer(
      PublicKey key, Optional<Endpoint> endpoint, Optional<Duration> persistentKeepalive) {
    return Future.succeededFuture(false);
  }

  /**
   * A copy of the gateway's private key, for tools that show or save a whole configuration; the
   * caller closes it. Empty if the tunnel does not give it away. Any thread.
   */
  default Optional<SecretKey> privateKey() {
    return Optional.empty();
  }

  /** The state of all peers, each consistent in itself. Any thread, not on the packet path. */
  Future<List<PeerStatus>> peers();
}
