package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import java.util.Arrays;

/** What is left to do, and to say, when the sockets of an allocation are open. */
final class Opening {

  private static final int TRIES = 16;

  /** Which transaction is to be answered, and how. */
  final byte[] transaction;

  final boolean fingerprint;

  /** The families asked for. */
  final int wanted;

  /** Whether the second family may be missing in the answer. */
  final boolean additional;

  final int lifetime;

  /** Whether the port must be even, and the next one be kept. */
  final boolean even;

  final boolean reserve;

  /** The port of a reservation, or 0. */
  final int reserved;

  /** Why the additional family is missing, or 0. */
  int additionalError;

  /** Sockets not reported on yet, and sockets that are open. */
  int pending;

  int opened;
  int triesLeft = TRIES;

  Opening(StunReader message, AllocateWish wish, int wanted, int reserved) {
    int from = message.start() + Stun.TRANSACTION;
    transaction = Arrays.copyOfRange(message.bytes(), from, from + 12);
    fingerprint = message.hasFingerprint();
    this.wanted = wanted;
    additional = wish.additional();
    additionalError = wish.additionalError();
    lifetime = wish.lifetime();
    even = wish.even();
    reserve = wish.reserve();
    this.reserved = reserved;
  }
}
