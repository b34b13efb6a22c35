package dev.gatehouse.tun.linux.abi;

import java.util.function.IntSupplier;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;
import jnr.ffi.Runtime;

/**
 * A C library and its error numbers.
 *
 * @param calls the functions
 * @param lastError the error number of the calling thread's last failed call
 */
public record CLibrary(LibC calls, IntSupplier lastError) {

  private static final CLibrary OF_THE_PROCESS = bind();

  private static CLibrary bind() {
    var functions =
        LibraryLoader.create(LibC.class)
            .load(Platform.getNativePlatform().getStandardCLibraryName());
    var runtime = Runtime.getRuntime(functions);
    return new CLibrary(functions, () -> LastError.getLastError(runtime));
  }

  /**
   * The C library of this process; the same object every time.
   *
   * @throws LinkageError if native code cannot be called here
   */
  public static CLibrary load() {
    return OF_THE_PROCESS;
  }

  /** The error number of the calling thread's last failed call. */
  public int errno() {
    return lastError.getAsInt();
  }
}
