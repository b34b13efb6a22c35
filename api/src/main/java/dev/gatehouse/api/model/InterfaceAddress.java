package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;

/**
 * An address of the interface, and how much of it names the network behind the interface.
 *
 * @param address the gateway's own address, with its host bits
 * @param prefixLength 1 to 32 for IPv4, 1 to 128 for IPv6
 * @since 0.1.0
 */
public record InterfaceAddress(IpAddress address, int prefixLength) {

  /** Checks that the address can belong to a host of that network. */
  public InterfaceAddress {
    if (prefixLength < 1 || prefixLength > address.bits()) {
      throw refused(
          address + "/" + prefixLength,
          "has a prefix length out of range",
          "Use a length from 1 to " + address.bits() + ".");
    }
    if (address.isUnspecified() || address.isMulticast() || isLoopback(address)) {
      throw refused(
          address + "/" + prefixLength,
          "is not an address an interface can have",
          "Use a unicast address such as 100.64.0.1/16 or fd00:6a7e::1/64.");
    }
    var network = new Cidr(address, prefixLength);
    if (prefixLength < address.bits() - 1 && network.address().equals(address)) {
      throw refused(
          address + "/" + prefixLength,
          "names a network, not the gateway's address in it",
          "Write the gateway's own address, for example "
              + new IpAddress(address.high(), address.low() + 1)
              + "/"
              + prefixLength
              + ".");
    }
    if (address.isV4() && prefixLength < 31 && isBroadcast(address.v4Value(), prefixLength)) {
      throw refused(
          address + "/" + prefixLength,
          "is the broadcast address of its network",
          "Use another address of the network.");
    }
  }

  /**
   * Reads {@code 100.64.0.1/16} or {@code fd00::1/64}.
   *
   * @throws GatehouseException if the text is something else
   */
  public static InterfaceAddress parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
      throw refused(
          "'" + Texts.shown(text) + "'",
          "is not an address with a prefix length",
          "Write it like 100.64.0.1/16 or fd00:6a7e::1/64.");
    }
    return new InterfaceAddress(
        IpAddress.parse(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
  }

  /** The network behind the interface. */
  public Cidr network() {
    return new Cidr(address, prefixLength);
  }

  private static boolean isLoopback(IpAddress address) {
    return address.isV4()
        ? address.v4Value() >>> 24 == 127
        : address.high() == 0 && address.low() == 1;
  }

  private static boolean isBroadcast(int address, int prefixLength) {
    return (address | -1 << (32 - prefixLength)) == -1;
  }

  private static GatehouseException refused(String what, String problem, String fix) {
    return new GatehouseException(
        StandardErrorCode.REQUEST_INVALID, what + " " + problem + ".", fix);
  }

  @Override
  public String toString() {
    return address + "/" + prefixLength;
  }
}
