package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;

/**
 * A network in prefix notation, with the host bits cleared.
 *
 * @param address the first address of the network
 * @param prefixLength 0 to 32 for IPv4, 0 to 128 for IPv6
 * @since 0.1.0
 */
public record Cidr(IpAddress address, int prefixLength) {

  /** Clears the host bits and checks the length. */
  public Cidr {
    if (prefixLength < 0 || prefixLength > address.bits()) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "/" + prefixLength + " is not a prefix length for " + address + ".",
          "Use a length from 0 to " + address.bits() + ".");
    }
    address = masked(address, prefixLength);
  }

  /** The network that holds just this address. */
  public static Cidr of(IpAddress address) {
    return new Cidr(address, address.bits());
  }

  /**
   * Reads {@code 10.0.0.0/8}, {@code fd00::/48} or a single address.
   *
   * @throws GatehouseException if the text is neither
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return of(IpAddress.parse(text));
    }
    var address = IpAddress.parse(text.substring(0, slash));
    var length = text.substring(slash + 1);
    if (!length.matches("[0-9]{1,3}")) {
      throw new GatehouseException(
          StandardErrorCode.REQUEST_INVALID,
          "'" + Texts.shown(text) + "' is not a network.",
          "Write it as address/length, for example 10.0.0.0/8 or fd00::/48.");
    }
    return new Cidr(address, Integer.parseInt(length));
  }

  /** Whether the address lies in this network; false for the other address family. */
  public boolean contains(IpAddress other) {
    return address.isV4() == other.isV4() && masked(other, prefixLength).equals(address);
  }

  private static IpAddress masked(IpAddress address, int prefixLength) {
    int kept = prefixLength + 128 - address.bits();
    long highMask = kept >= 64 ? -1L : kept == 0 ? 0 : -1L << (64 - kept);
    long lowMask = kept >= 128 ? -1L : kept <= 64 ? 0 : -1L << (128 - kept);
    return new IpAddress(address.high() & highMask, address.low() & lowMask);
  }

  @Override
  public String toString() {
    return address + "/" + prefixLength;
  }
}
