package dev.gatehouse.relay.abi;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Runtime;

/** The C library of this process, loaded when it is first asked for. Any thread. */
public final class CLibrary {

  private static final LibC LIBRARY =
      LibraryLoader.create(LibC.class).load(Platform.getNativePlatform().getStandardCLibraryName());
  private static final Runtime RUNTIME = Runtime.getRuntime(LIBRARY);

  private CLibrary() {}

  /** Its functions; the same object every time. */
  public static LibC load() {
    return LIBRARY;
  }

  /** The error number of this thread's last failed call. */
  public static int errno() {
    return LastError.getLastError(RUNTIME);
  }
}
