package dev.gatehouse.relay.core.turn;

/** An allocation (RFC 8656, section 7). */
final class Allocation {

  final TurnClient client;

  Allocation(TurnClient client) {
    this.client = client;
  }
}
