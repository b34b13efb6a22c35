/**
 * The TURN server (RFC 8656) without sockets: datagrams, frames and time go in, verdicts and
 * messages come out. Start at {@link dev.gatehouse.relay.core.turn.TurnServer}.
 */
package dev.gatehouse.relay.core.turn;
