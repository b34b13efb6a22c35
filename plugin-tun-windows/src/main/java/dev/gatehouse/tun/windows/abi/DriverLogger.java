package dev.gatehouse.tun.windows.abi;

import jnr.ffi.annotations.Delegate;
import jnr.ffi.types.intptr_t;
import jnr.ffi.types.u_int64_t;

/** Where the driver's library logs to. Called on any thread; must not throw. */
public interface DriverLogger {

  /**
   * One message.
   *
   * @param level 0 for information, 1 for a warning, 2 for an error
   * @param timestamp 100 ns since 1601
   * @param message address of its text, UTF-16 and closed by a zero, valid for the call
   */
  @Delegate
  void log(int level, @u_int64_t long timestamp, @intptr_t long message);
}
