package dev.gatehouse.api.packet;

import dev.gatehouse.api.model.Endpoint;

/**
 * The way datagrams take to a peer: made by the transport, opaque to everyone else, immutable, with
 * value equality. Sending a datagram along the path it came by answers from the address that was
 * addressed.
 *
 * @since 0.1.0
 */
public interface Path {

  /** The far end as this machine sees it. */
  Endpoint remote();
}
