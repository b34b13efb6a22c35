/** Reaching peers: the UDP transport and its configuration. */
package dev.gatehouse.relay;
