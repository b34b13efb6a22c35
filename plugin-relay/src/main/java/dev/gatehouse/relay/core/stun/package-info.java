/** STUN messages on the wire (RFC 8489) and the frames TURN puts on streams (RFC 8656). Pure. */
package dev.gatehouse.relay.core.stun;
