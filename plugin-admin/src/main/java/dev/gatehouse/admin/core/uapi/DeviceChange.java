package dev.gatehouse.admin.core.uapi;

import dev.gatehouse.api.model.SecretKey;
import java.util.List;
import java.util.Optional;

/**
 * What a set request asks for; what is empty stays.
 *
 * @param privateKey the device's private key, all zero for none
 * @param listenPort the UDP port; 0 for any
 * @param fwmark the mark of outgoing packets; 0 for none
 * @param replacePeers whether the peers are all there are to be
 * @param peers the peers, in order; one may be there twice
 */
public record DeviceChange(
    Optional<SecretKey> privateKey,
    Optional<Integer> listenPort,
    Optional<Long> fwmark,
    boolean replacePeers,
    List<PeerChange> peers)
    implements AutoCloseable {

  /** Copies the list. */
  public DeviceChange {
    peers = List.copyOf(peers);
  }

  /** Overwrites the secrets. */
  @Override
  public void close() {
    privateKey.ifPresent(SecretKey::close);
    peers.forEach(peer -> peer.presharedKey().ifPresent(SecretKey::close));
  }
}
