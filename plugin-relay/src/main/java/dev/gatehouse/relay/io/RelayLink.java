package dev.gatehouse.relay.io;

import dev.gatehouse.api.model.IpAddress;

/**
 * How datagrams reach a client: the listening socket and the own address it spoke to. One object
 * per link, compared by identity.
 *
 * @param number what the core calls it
 * @param descriptor the socket
 * @param local the own address; unspecified where the socket has only one
 * @param interfaceIndex the interface, for link-local addresses
 */
record RelayLink(int number, int descriptor, IpAddress local, int interfaceIndex) {}
