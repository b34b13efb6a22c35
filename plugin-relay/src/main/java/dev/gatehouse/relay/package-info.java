/** Reaching peers: the UDP transport, the relay, and their configuration. */
package dev.gatehouse.relay;
