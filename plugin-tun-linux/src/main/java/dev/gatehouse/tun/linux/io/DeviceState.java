package dev.gatehouse.tun.linux.io;

/** Whether the device still takes and gives packets. Written by shards, read by any thread. */
final class DeviceState {

  private volatile int errno;

  /** Remembers the first failure that cannot mend itself. */
  void failed(int number) {
    if (errno == 0) {
      errno = number;
    }
  }

  /** The error number of that failure; zero while there is none. */
  int errno() {
    return errno;
  }
}
