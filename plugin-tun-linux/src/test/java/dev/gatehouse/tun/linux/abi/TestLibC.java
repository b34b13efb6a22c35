package dev.gatehouse.tun.linux.abi;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Platform;

/** What tests need of the C library on top. */
public interface TestLibC {

  int unshare(int flags);

  int poll(long descriptors, long count, int timeoutMillis);

  int eventfd(int initial, int flags);

  long read(int descriptor, long address, long count);

  long write(int descriptor, long address, long count);

  int close(int descriptor);

  int geteuid();

  TestLibC INSTANCE =
      LibraryLoader.create(TestLibC.class)
          .load(Platform.getNativePlatform().getStandardCLibraryName());
}
