package dev.gatehouse.relay.core;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Path;

/**
 * A way over UDP.
 *
 * @param remote the far end
 * @param local the own address that was addressed; unspecified where nothing has come yet and the
 *     system is to choose
 * @param interfaceIndex the interface it came by, or 0; it matters for link-local addresses only
 * @param socket which of the transport's sockets
 */
public record UdpPath(Endpoint remote, IpAddress local, int interfaceIndex, int socket)
    implements Path {}
