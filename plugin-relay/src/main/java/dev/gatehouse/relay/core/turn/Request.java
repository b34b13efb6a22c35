package dev.gatehouse.relay.core.turn;

import dev.gatehouse.relay.core.stun.StunReader;

/** The message being handled and where it came from. Used again for the next one. */
final class Request {

  final StunReader message = new StunReader();
  long high;
  long low;
  int port;
  int link;
  long now;
  long epochSeconds;

  void from(long high, long low, int port, int link, long now) {
    this.high = high;
    this.low = low;
    this.port = port;
    this.link = link;
    this.now = now;
  }

  boolean isStream() {
    return TurnClient.isStream(link);
  }
}
