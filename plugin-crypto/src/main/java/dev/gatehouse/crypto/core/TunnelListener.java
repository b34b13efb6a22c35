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

  /**
   * There is a new session.
   *
   * @param initiator whether this side began it
   * @param withAgreedKey whether its handshake used a key that {@link TunnelCore#agreed} made known
   */
  default void sessionBegan(int handle, boolean initiator, boolean withAgreedKey) {}

  /**
   * The peer sent a control message.
   *
   * @param type one of {@link ControlMessage}
   * @param body of the length that the type has; the listener's
   * @return whether the listener understands such messages at all
   */
  default boolean control(int handle, int type, byte[] body) {
    return false;
  }

  /** Authenticated data came from another address. */
  void roamed(int handle, Path path);
}
