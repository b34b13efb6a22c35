package dev.gatehouse.relay.io;

import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.LibC;

/**
 * The two system calls of the packet path. They return what the system call returns, or the error
 * number with a minus.
 */
interface SocketCalls {

  /** Receives into a message header; see recvmsg(2). */
  long receive(int descriptor, long message);

  /** Sends from a message header; see sendmsg(2). */
  long send(int descriptor, long message);

  /** The system's words for an error number. */
  String words(int errno);

  /** The real ones. */
  static SocketCalls of(LibC libc) {
    return new SocketCalls() {
      @Override
      public long receive(int descriptor, long message) {
        long result = libc.recvmsg(descriptor, message, 0);
        return result < 0 ? -CLibrary.errno() : result;
      }

      @Override
      public long send(int descriptor, long message) {
        long result = libc.sendmsg(descriptor, message, 0);
        return result < 0 ? -CLibrary.errno() : result;
      }

      @Override
      public String words(int errno) {
        return libc.strerror(errno);
      }
    };
  }
}
