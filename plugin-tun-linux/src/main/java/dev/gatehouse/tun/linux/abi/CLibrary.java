package dev.gatehouse.tun.linux.abi;

import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Runtime;

/** The C library of this process. */
public final class CLibrary {

  private static final LibC LIBRARY =
      LibraryLoader.create(LibC.class).load(Platform.getNativePlatform().getStandardCLibraryName());

  private static final Runtime RUNTIME = Runtime.getRuntime(LIBRARY);

  private CLibrary() {}

  /**
   * The functions; the same object every time.
   *
   * @throws LinkageError if native code cannot be called here
   */
  public static LibC load() {
    return LIBRARY;
  }

  /** The error number of the calling thread's last failed call. */
  public static int errno() {
    return LastError.getLastError(RUNTIME);
  }
}
