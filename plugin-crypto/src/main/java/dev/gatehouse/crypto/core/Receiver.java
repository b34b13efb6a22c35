package dev.gatehouse.crypto.core;

import org.jspecify.annotations.Nullable;

/**
 * What a receiver index stands for: a session, or a handshake of ours that waits for its answer.
 */
final class Receiver {

  final Peer peer;
  @Nullable Session session;

  Receiver(Peer peer) {
    this.peer = peer;
  }
}
