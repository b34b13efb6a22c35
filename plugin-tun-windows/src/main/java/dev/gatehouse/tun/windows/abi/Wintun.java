package dev.gatehouse.tun.windows.abi;

import jnr.ffi.types.intptr_t;
import jnr.ffi.types.u_int32_t;
import org.jspecify.annotations.Nullable;

/**
 * The 14 functions of the Wintun library, version 0.14, with the names its library exports. Handles
 * and addresses are {@code long}; zero stands for NULL, and then the reason is the calling thread's
 * last error. Texts are UTF-16, closed by a zero.
 */
@SuppressWarnings("checkstyle:methodname")
public interface Wintun {

  /**
   * Creates an adapter, which exists until its handle is closed. May take 15 seconds.
   *
   * @param name address of its name
   * @param tunnelType address of the name of its kind
   * @param requestedGuid address of a GUID of 16 bytes, or zero
   * @return its handle
   */
  @intptr_t
  long WintunCreateAdapter(
      @intptr_t long name, @intptr_t long tunnelType, @intptr_t long requestedGuid);

  /** Opens an adapter by the address of its name. */
  @intptr_t
  long WintunOpenAdapter(@intptr_t long name);

  /** Closes the handle of an adapter; one that was created with it is removed. */
  void WintunCloseAdapter(@intptr_t long adapter);

  /** Removes the driver if no adapter is in use; other programs may miss it. */
  int WintunDeleteDriver();

  /** Writes the 64-bit LUID by which the system's other functions know the adapter. */
  void WintunGetAdapterLUID(@intptr_t long adapter, @intptr_t long luid);

  /** The version of the driver that is loaded: major in the upper, minor in the lower 16 bits. */
  @u_int32_t
  int WintunGetRunningDriverVersion();

  /** Sets where the library logs to in this process, null for nowhere. */
  void WintunSetLogger(@Nullable DriverLogger logger);

  /**
   * Starts a session with two rings of this many bytes.
   *
   * @param capacity a power of two from 128 KiB to 64 MiB
   * @return its handle
   */
  @intptr_t
  long WintunStartSession(@intptr_t long adapter, @u_int32_t int capacity);

  /** Ends a session; nothing may use it any more. */
  void WintunEndSession(@intptr_t long session);

  /** The event that is set when there is something to read; it belongs to the session. */
  @intptr_t
  long WintunGetReadWaitEvent(@intptr_t long session);

  /**
   * Takes a packet out of the ring, where it stays until it is released.
   *
   * @param packetSize address of 4 bytes for its length
   * @return the address of its first byte
   */
  @intptr_t
  long WintunReceivePacket(@intptr_t long session, @intptr_t long packetSize);

  /** Gives a packet's place in the ring back. */
  void WintunReleaseReceivePacket(@intptr_t long session, @intptr_t long packet);

  /**
   * Takes room for a packet in the sending ring; the order of these calls is that of the packets.
   *
   * @return the address to write it to
   */
  @intptr_t
  long WintunAllocateSendPacket(@intptr_t long session, @u_int32_t int packetSize);

  /** Sends what was written to the room. */
  void WintunSendPacket(@intptr_t long session, @intptr_t long packet);
}
