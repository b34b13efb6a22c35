package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.PublicKey;
import io.vertx.core.Future;
import java.util.List;

/**
 * The encrypted tunnel. It consumes {@link dev.gatehouse.api.packet.Lane#TO_TUNNEL} and {@link
 * dev.gatehouse.api.packet.Lane#FROM_NETWORK} and knows nothing of authorizations: which peers
 * exist is told by the policy stage, what they may reach is the policy's business. Removing a peer
 * ends its connection; a connection that ends never removes a peer.
 */
public interface Tunnel extends Plugin {

  /** The gateway's public key. Any thread, from creation on. */
  PublicKey publicKey();

  /**
   * Adds a peer, or changes one that has the same handle. A changed public key or pre-shared key
   * ends the sessions; everything else keeps them. Any thread.
   *
   * @return completed once it holds on the owning shard
   */
  Future<Void> putPeer(PeerSettings peer);

  /** Removes a peer and overwrites its session keys. Any thread. */
  Future<Void> removePeer(int handle);

  /** The state of all peers, each consistent in itself. Any thread, not on the packet path. */
  Future<List<PeerStatus>> peers();
}
