package dev.gatehouse.api.packet;

/**
 * The arrows of the data path; each has one consumer per shard and is a channel of the event bus.
 *
 * @since 0.1.0
 */
public enum Lane {
  /** IP packets and trains read from the TUN device, towards the policy stage. */
  FROM_TUN("from-tun"),
  /** Allowed IP packets and trains with their peer set, towards the tunnel. */
  TO_TUNNEL("to-tunnel"),
  /** Sealed datagrams and trains with their path set, towards the transport. */
  TO_NETWORK("to-network"),
  /** Datagrams and trains received, with path and ECN set, towards the tunnel. */
  FROM_NETWORK("from-network"),
  /** Opened IP packets with their peer set, towards the policy stage. */
  FROM_TUNNEL("from-tunnel"),
  /** Allowed IP packets, towards the TUN device. */
  TO_TUN("to-tun");

  private final String label;

  Lane(String label) {
    this.label = label;
  }

  /** The name used in addresses, metrics and documents. */
  public String label() {
    return label;
  }
}
