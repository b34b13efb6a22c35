/** Reaching peers: UDP transport and STUN. */
package dev.gatehouse.relay;
