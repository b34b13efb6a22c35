package dev.gatehouse.network;

import dev.gatehouse.api.config.ConfigReader;

/**
 * The section {@code [network]}.
 *
 * @param setup whether the gateway sets up forwarding at all; if not, it changes nothing
 * @param masquerade whether packets to resources leave under the gateway's own address, so that
 *     resources need no route back to the tunnel's networks
 */
public record NetworkConfig(boolean setup, boolean masquerade) {

  /** What holds unless configured otherwise. */
  public static final NetworkConfig DEFAULTS = new NetworkConfig(true, true);

  static NetworkConfig read(ConfigReader section) {
    return new NetworkConfig(
        section
            .flag("setup")
            .describedAs(
                "Set up forwarding, address translation and segment sizes; false leaves the"
                    + " machine's network settings alone.")
            .orElse(DEFAULTS.setup()),
        section
            .flag("masquerade")
            .describedAs(
                "Send packets to resources under the gateway's own address; false needs a route"
                    + " back to the tunnel's networks.")
            .orElse(DEFAULTS.masquerade()));
  }
}
