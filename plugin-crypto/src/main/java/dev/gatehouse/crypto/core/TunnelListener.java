package dev.gatehouse.crypto.core;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.packet.Path;

/** Told what became of connections, on the shard's thread; must not block or call the core. */
public interface TunnelListener {

  /** There is an authenticated connection where there was none. */
  void connected(int handle, Path path);

  /** The connection is gone. */
  void disconnected(int handle, DisconnectReason reason);

  /**
   * An initiation of the peer was taken: from now on only later ones are.
   *
   * @param stamp its 12 bytes of TAI64N; not to be changed
   */
  default void initiationTaken(int handle, byte[] stamp) {}

  /** Authenticated data came from another address. */
  void roamed(int handle, Path path);
}
