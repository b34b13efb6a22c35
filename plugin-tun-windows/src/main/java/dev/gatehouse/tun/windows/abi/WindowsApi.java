package dev.gatehouse.tun.windows.abi;

import java.nio.file.Path;
import java.util.function.IntSupplier;
import jnr.ffi.LastError;
import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/**
 * The libraries in use.
 *
 * @param wintun the driver's library
 * @param kernel the system's core
 * @param ipHelper the system's network settings
 * @param lastError the calling thread's last error
 */
public record WindowsApi(Wintun wintun, Kernel32 kernel, IpHelper ipHelper, IntSupplier lastError) {

  /**
   * Loads the libraries of Windows.
   *
   * @param library absolute path of the driver's library, which has been checked
   * @param system the directory of the system's libraries, so that no other place is searched
   * @throws LinkageError if a library or a function is missing
   */
  public static WindowsApi load(Path library, Path system) {
    return load(
        library.toString(),
        system.resolve("kernel32.dll").toString(),
        system.resolve("iphlpapi.dll").toString());
  }

  /** Loads libraries with the functions of the driver, of kernel32 and of iphlpapi. */
  public static WindowsApi load(String driver, String kernel32, String iphlpapi) {
    var wintun = LibraryLoader.create(Wintun.class).failImmediately().load(driver);
    var kernel = LibraryLoader.create(Kernel32.class).failImmediately().load(kernel32);
    var ipHelper = LibraryLoader.create(IpHelper.class).failImmediately().load(iphlpapi);
    var runtime = Runtime.getRuntime(wintun);
    return new WindowsApi(wintun, kernel, ipHelper, () -> LastError.getLastError(runtime));
  }
}
