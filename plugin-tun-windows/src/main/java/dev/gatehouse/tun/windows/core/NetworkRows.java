package dev.gatehouse.tun.windows.core;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The structures of the IP Helper in use, as they lie in memory on 64-bit Windows ({@code
 * netioapi.h}). Fields that are not named here keep what the system has written. The test {@code
 * abi.c} compares every number here with the headers of Windows.
 */
public final class NetworkRows {

  /** The size of {@code MIB_UNICASTIPADDRESS_ROW}. */
  public static final int ADDRESS_BYTES = 80;

  /** The size of {@code MIB_IPINTERFACE_ROW}. */
  public static final int INTERFACE_BYTES = 168;

  /** The size of {@code MIB_IPFORWARD_ROW2}. */
  public static final int ROUTE_BYTES = 104;

  /** Where the rows of a table begin, behind their number. */
  public static final int TABLE_ROWS = 8;

  /** The family of IPv4. */
  public static final int AF_INET = 2;

  /** The family of IPv6. */
  public static final int AF_INET6 = 23;

  private static final int SOCKET_ADDRESS = 28;
  private static final int V4_ADDRESS = 4;
  private static final int V6_ADDRESS = 8;

  private static final int ADDRESS_LUID = 32;
  private static final int PREFIX_LENGTH = 60;
  private static final int DUPLICATE_DETECTION = 64;
  private static final int PREFERRED = 4;

  private static final int INTERFACE_LUID = 8;
  private static final int AUTOMATIC_METRIC = 44;
  private static final int ROUTER_DISCOVERY = 52;
  private static final int DETECTION_TRANSMITS = 56;
  private static final int SITE_PREFIX_LENGTH = 144;
  private static final int METRIC = 148;
  private static final int MTU = 152;

  private static final int ROUTE_PREFIX = 12;
  private static final int ROUTE_PREFIX_LENGTH = 40;
  private static final int ROUTE_NEXT_HOP = 44;
  private static final int ROUTE_METRIC = 84;
  private static final int ROUTE_PROTOCOL = 88;
  private static final int STATIC = 3;

  private NetworkRows() {}

  /** The number Windows gives an address family. */
  public static int family(boolean v4) {
    return v4 ? AF_INET : AF_INET6;
  }

  /** Writes adapter and address into an initialised address row. */
  public static void address(MemorySegment row, long luid, InterfaceAddress wanted) {
    socketAddress(row, 0, wanted.address());
    row.set(ValueLayout.JAVA_LONG, ADDRESS_LUID, luid);
    row.set(ValueLayout.JAVA_BYTE, PREFIX_LENGTH, (byte) wanted.prefixLength());
    row.set(ValueLayout.JAVA_INT, DUPLICATE_DETECTION, PREFERRED);
  }

  private static void socketAddress(MemorySegment row, int at, IpAddress address) {
    var bytes = address.bytes();
    boolean v4 = address.isV4();
    row.asSlice(at, SOCKET_ADDRESS).fill((byte) 0);
    row.set(ValueLayout.JAVA_SHORT, at, (short) family(v4));
    MemorySegment.copy(
        bytes, 0, row, ValueLayout.JAVA_BYTE, at + (v4 ? V4_ADDRESS : V6_ADDRESS), bytes.length);
  }

  /** The adapter an address row belongs to. */
  public static long addressLuid(MemorySegment row) {
    return row.get(ValueLayout.JAVA_LONG, ADDRESS_LUID);
  }

  /** The address of an address row. */
  public static IpAddress addressOf(MemorySegment row) {
    boolean v4 = row.get(ValueLayout.JAVA_SHORT, 0) == AF_INET;
    return IpAddress.of(
        row.asSlice(v4 ? V4_ADDRESS : V6_ADDRESS, v4 ? 4 : 16).toArray(ValueLayout.JAVA_BYTE));
  }

  /** Prepares an interface row for being read. */
  public static void interfaceKey(MemorySegment row, long luid, boolean v4) {
    row.fill((byte) 0);
    row.set(ValueLayout.JAVA_SHORT, 0, (short) family(v4));
    row.set(ValueLayout.JAVA_LONG, INTERFACE_LUID, luid);
  }

  /**
   * Changes an interface row that was read: MTU, metric, and no time spent on looking for routers
   * or for others with the same address, of which there are none in a tunnel.
   */
  public static void settings(MemorySegment row, int mtu, int metric) {
    // Windows refuses the row with what it has put here itself.
    row.set(ValueLayout.JAVA_INT, SITE_PREFIX_LENGTH, 0);
    row.set(ValueLayout.JAVA_INT, MTU, mtu);
    row.set(ValueLayout.JAVA_BYTE, AUTOMATIC_METRIC, (byte) 0);
    row.set(ValueLayout.JAVA_INT, METRIC, metric);
    row.set(ValueLayout.JAVA_INT, ROUTER_DISCOVERY, 0);
    row.set(ValueLayout.JAVA_INT, DETECTION_TRANSMITS, 0);
  }

  /** Writes a network that lies behind an adapter into an initialised route row. */
  public static void route(MemorySegment row, long luid, Cidr network) {
    boolean v4 = network.address().isV4();
    row.set(ValueLayout.JAVA_LONG, 0, luid);
    socketAddress(row, ROUTE_PREFIX, network.address());
    row.set(ValueLayout.JAVA_BYTE, ROUTE_PREFIX_LENGTH, (byte) network.prefixLength());
    // No next hop: the other side is on the link.
    row.asSlice(ROUTE_NEXT_HOP, SOCKET_ADDRESS).fill((byte) 0);
    row.set(ValueLayout.JAVA_SHORT, ROUTE_NEXT_HOP, (short) family(v4));
    row.set(ValueLayout.JAVA_INT, ROUTE_METRIC, 0);
    row.set(ValueLayout.JAVA_INT, ROUTE_PROTOCOL, STATIC);
  }

  /** The adapter a route row belongs to. */
  public static long routeLuid(MemorySegment row) {
    return row.get(ValueLayout.JAVA_LONG, 0);
  }

  /** Whether somebody has put a route there, rather than Windows for an address. */
  public static boolean isStatic(MemorySegment row) {
    return row.get(ValueLayout.JAVA_INT, ROUTE_PROTOCOL) == STATIC;
  }
}
