/** Sockets: opening, receiving and sending. */
package dev.gatehouse.relay.io;
