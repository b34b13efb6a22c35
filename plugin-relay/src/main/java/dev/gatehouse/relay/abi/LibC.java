package dev.gatehouse.relay.abi;

/**
 * The C library's functions in use. Addresses are passed as {@code long}; every function returns -1
 * on failure and leaves the reason in {@link CLibrary#errno()}. Any thread. Every method is a
 * function of the library, so there are no helpers here.
 */
public interface LibC {

  /** Makes a socket; see socket(2). */
  int socket(int domain, int type, int protocol);

  /** Gives a socket its address; see bind(2). */
  int bind(int descriptor, long address, int length);

  /** Reads a socket's address; see getsockname(2). */
  int getsockname(int descriptor, long address, long length);

  /** Sets a socket option; see setsockopt(2). */
  int setsockopt(int descriptor, int level, int option, long address, int length);

  /** Reads a socket option; see getsockopt(2). */
  int getsockopt(int descriptor, int level, int option, long address, long length);

  /** Receives a datagram or a train of them; see recvmsg(2). */
  long recvmsg(int descriptor, long message, int flags);

  /** Sends a datagram or a train of them; see sendmsg(2). */
  long sendmsg(int descriptor, long message, int flags);

  /** Receives several datagrams or trains at once; see recvmmsg(2). */
  int recvmmsg(int descriptor, long messages, int count, int flags, long timeout);

  /** Closes a descriptor; see close(2). */
  int close(int descriptor);

  /** The system's words for an error number; see strerror(3). */
  String strerror(int number);
}
