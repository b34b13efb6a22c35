package dev.gatehouse.bench.store;

import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.Tunnel;
import io.vertx.core.Future;
import java.util.List;

/** A tunnel that accepts every peer and does nothing. */
final class SilentTunnel implements Tunnel {

  @Override
  public PublicKey publicKey() {
    return PublicKey.of(new byte[PublicKey.LENGTH]);
  }

  @Override
  public Future<Void> putPeer(PeerSettings peer) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> removePeer(int handle) {
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
