package dev.gatehouse.tun.windows.abi;

import jnr.ffi.types.intptr_t;
import jnr.ffi.types.u_int32_t;

/** What is needed of {@code iphlpapi.dll}. Results are error numbers, zero for success. */
public interface IpHelper {

  /** Fills a {@code MIB_UNICASTIPADDRESS_ROW} with what is usual. */
  void InitializeUnicastIpAddressEntry(@intptr_t long row);

  /** Adds the address of a {@code MIB_UNICASTIPADDRESS_ROW}. */
  @u_int32_t
  int CreateUnicastIpAddressEntry(@intptr_t long row);

  /** Reads a {@code MIB_IPINTERFACE_ROW} whose family and LUID are set. */
  @u_int32_t
  int GetIpInterfaceEntry(@intptr_t long row);

  /** Writes a {@code MIB_IPINTERFACE_ROW}. */
  @u_int32_t
  int SetIpInterfaceEntry(@intptr_t long row);
}
