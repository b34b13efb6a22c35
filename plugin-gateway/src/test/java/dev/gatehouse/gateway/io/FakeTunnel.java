package dev.gatehouse.gateway.io;

import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.Tunnel;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A tunnel that only remembers its peers, and insists on what the contract demands. */
final class FakeTunnel implements Tunnel {

  final Map<Integer, PeerSettings> peers = new TreeMap<>();
  final List<Integer> everUsed = new ArrayList<>();
  final List<String> calls = new ArrayList<>();
  boolean refusing;

  @Override
  public PublicKey publicKey() {
    return PublicKey.of(new byte[32]);
  }

  @Override
  public Future<Void> putPeer(PeerSettings peer) {
    calls.add("put " + peer.client() + " " + peer.handle());
    if (refusing) {
      return Future.failedFuture(new IllegalStateException("the test refuses peers"));
    }
    var known = peers.get(peer.handle());
    if (known == null && everUsed.contains(peer.handle())) {
      return Future.failedFuture(new IllegalStateException("a handle was used again"));
    }
    if (peers.values().stream()
        .anyMatch(other ->
            other.handle() != peer.handle() && other.publicKey().equals(peer.publicKey()))) {
      return Future.failedFuture(new IllegalStateException("two peers with one key"));
    }
    everUsed.add(peer.handle());
    peers.put(peer.handle(), peer);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> removePeer(int handle) {
    calls.add("remove " + handle);
    peers.remove(handle);
    return Future.succeededFuture();
  }

  @Override
  public Future<List<PeerStatus>> peers() {
    return Future.succeededFuture(List.of());
  }

  @Override
  public void start() {}

  @Override
  public void stop() {}

  @Override
  public void close() {}
}
