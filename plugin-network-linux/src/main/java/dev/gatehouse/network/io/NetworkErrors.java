package dev.gatehouse.network.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.nio.file.AccessDeniedException;
import java.util.Locale;

/** What went wrong with the set-up, as sentences with the fix. */
final class NetworkErrors {

  private static final String OR_BY_HAND =
      ", or set 'setup = false' in [network] and set up forwarding yourself.";
  private static final String RIGHT =
      "Run as root, or give the process the CAP_NET_ADMIN capability so that its children get it,"
          + " too (systemd: AmbientCapabilities=CAP_NET_ADMIN; container: --cap-add NET_ADMIN)"
          + OR_BY_HAND;

  private NetworkErrors() {}

  static GatehouseException cannotSet(String path, String value, Exception cause) {
    var parameter = path.replace('/', '.');
    if (cause instanceof AccessDeniedException) {
      return new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "The kernel parameter " + parameter + " may not be set.",
          RIGHT,
          cause);
    }
    return new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        "The kernel parameter " + parameter + " cannot be set: " + words(cause) + ".",
        "Set it from outside (container: --sysctl " + parameter + "=" + value + ")" + OR_BY_HAND,
        cause);
  }

  static GatehouseException noProgram() {
    return new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        "Neither nft nor iptables is installed, so addresses cannot be translated.",
        "Install nftables (Debian: apt-get install nftables), or set 'masquerade = false' in"
            + " [network] and give the resources a route back to the tunnel's networks.");
  }

  static GatehouseException refused(String program, String said) {
    if (said.contains("Operation not permitted")
        || said.contains("you must be root")
        || said.contains("Permission denied")) {
      return new GatehouseException(
          StandardErrorCode.PERMISSION_DENIED,
          "The packet filter may not be changed by " + program + ".",
          RIGHT);
    }
    return new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        "The packet filter cannot be set up by " + program + ": " + firstLine(said) + ".",
        "Check that the kernel has nf_tables and NAT (modprobe nf_tables nft_chain_nat)"
            + OR_BY_HAND);
  }

  static GatehouseException noRecord(Exception cause) {
    return new GatehouseException(
        StandardErrorCode.STATE_UNREADABLE,
        "What the network settings are now cannot be written down: " + words(cause) + ".",
        "Make room in the state directory and let the gateway write there.",
        cause);
  }

  private static String words(Exception cause) {
    var message = String.valueOf(cause.getMessage());
    int reason = message.lastIndexOf(": ");
    return (reason < 0 ? message : message.substring(reason + 2)).toLowerCase(Locale.ROOT);
  }

  private static String firstLine(String said) {
    var line = said.lines().findFirst().orElse("it did not say why");
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }
}
