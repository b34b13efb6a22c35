package dev.gatehouse.tun.windows.abi;

import jnr.ffi.types.intptr_t;
import jnr.ffi.types.u_int16_t;
import jnr.ffi.types.u_int32_t;

/**
 * What is needed of {@code iphlpapi.dll}. Arguments are addresses of structures; results are error
 * numbers, zero for success.
 */
public interface IpHelper {

  /** Fills a {@code MIB_UNICASTIPADDRESS_ROW} with what is usual. */
  void InitializeUnicastIpAddressEntry(@intptr_t long row);

  /** Adds the address of a {@code MIB_UNICASTIPADDRESS_ROW}. */
  @u_int32_t
  int CreateUnicastIpAddressEntry(@intptr_t long row);

  /** Removes the address of a {@code MIB_UNICASTIPADDRESS_ROW}. */
  @u_int32_t
  int DeleteUnicastIpAddressEntry(@intptr_t long row);

  /**
   * Lists addresses.
   *
   * @param family 2 for IPv4, 23 for IPv6, 0 for both
   * @param table where the address of a {@code MIB_UNICASTIPADDRESS_TABLE} is written; free it
   */
  @u_int32_t
  int GetUnicastIpAddressTable(@u_int16_t int family, @intptr_t long table);

  /** Reads a {@code MIB_IPINTERFACE_ROW} whose family and LUID are set. */
  @u_int32_t
  int GetIpInterfaceEntry(@intptr_t long row);

  /** Writes a {@code MIB_IPINTERFACE_ROW}. */
  @u_int32_t
  int SetIpInterfaceEntry(@intptr_t long row);

  /** Fills a {@code MIB_IPFORWARD_ROW2} with what is usual. */
  void InitializeIpForwardEntry(@intptr_t long row);

  /** Adds the route of a {@code MIB_IPFORWARD_ROW2}. */
  @u_int32_t
  int CreateIpForwardEntry2(@intptr_t long row);

  /** Removes the route of a {@code MIB_IPFORWARD_ROW2}. */
  @u_int32_t
  int DeleteIpForwardEntry2(@intptr_t long row);

  /**
   * Lists routes.
   *
   * @param family 2 for IPv4, 23 for IPv6, 0 for both
   * @param table where the address of a {@code MIB_IPFORWARD_TABLE2} is written; free it
   */
  @u_int32_t
  int GetIpForwardTable2(@u_int16_t int family, @intptr_t long table);

  /** Frees a table. */
  void FreeMibTable(@intptr_t long table);
}
