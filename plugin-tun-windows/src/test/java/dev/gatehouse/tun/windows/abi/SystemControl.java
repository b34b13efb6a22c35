package dev.gatehouse.tun.windows.abi;

import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import org.jspecify.annotations.Nullable;

/** What tests script and ask of the stand-in for the system's libraries. */
public interface SystemControl {

  int NO_IPV6 = 9;
  int NETWORK_ERROR = 10;

  int WAITS = 4;
  int LONGEST_WAIT = 5;
  int EVENTS = 10;
  int TABLES = 11;

  void standin_system_reset();

  void standin_system_fault(int fault, int value);

  long standin_system_fact(int fact);

  void standin_record_to(@In @Nullable String path);

  int standin_misuses(@Out byte[] text, int room);

  int standin_rows(@In String name, @Out byte[] text, int room);
}
