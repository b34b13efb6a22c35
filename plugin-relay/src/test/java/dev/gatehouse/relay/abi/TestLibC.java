package dev.gatehouse.relay.abi;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;

/** What tests need of the C library on top. */
public interface TestLibC {

  /** Gives the calling thread a network of its own; see unshare(2). */
  int unshare(int flags);

  /** Who runs the test; see geteuid(2). */
  int geteuid();

  TestLibC INSTANCE =
      LibraryLoader.create(TestLibC.class)
          .load(Platform.getNativePlatform().getStandardCLibraryName());
}
