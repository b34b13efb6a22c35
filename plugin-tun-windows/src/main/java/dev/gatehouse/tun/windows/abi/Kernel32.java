package dev.gatehouse.tun.windows.abi;

import jnr.ffi.types.intptr_t;
import jnr.ffi.types.size_t;
import jnr.ffi.types.u_int32_t;

/** What is needed of {@code kernel32.dll}. */
public interface Kernel32 {

  /** Waits for an object to be signalled: 0 if it was, 258 if the time passed, -1 for failure. */
  @u_int32_t
  int WaitForSingleObject(@intptr_t long handle, @u_int32_t int milliseconds);

  /** Signals an event; zero for failure. */
  int SetEvent(@intptr_t long event);

  /** Copies memory, which may overlap. */
  void RtlMoveMemory(@intptr_t long to, @intptr_t long from, @size_t long bytes);
}
