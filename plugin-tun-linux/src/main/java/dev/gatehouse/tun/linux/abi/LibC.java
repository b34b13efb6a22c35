package dev.gatehouse.tun.linux.abi;

/**
 * The C library's functions in use. Addresses are passed as {@code long}; every function returns -1
 * on failure and leaves the reason in {@link CLibrary#errno()}. Any thread.
 */
public interface LibC {

  /** Opens a file; see open(2). */
  int open(String path, int flags);

  /** Closes a descriptor; see close(2). */
  int close(int descriptor);

  /** Controls a device; see ioctl(2). The argument is an address or a number. */
  int ioctl(int descriptor, long request, long argument);

  /** Reads from a descriptor into memory; see read(2). */
  long read(int descriptor, long address, long count);

  /** Writes pieces of memory to a descriptor; see writev(2). */
  long writev(int descriptor, long vector, int count);

  /** Makes a socket; see socket(2). */
  int socket(int domain, int type, int protocol);

  /** Makes two sockets that are joined, whose numbers are written to memory; see socketpair(2). */
  int socketpair(int domain, int type, int protocol, long numbers);

  /** Sets a socket option; see setsockopt(2). */
  int setsockopt(int descriptor, int level, int option, long address, int length);

  /** Sends a message; see send(2). */
  long send(int descriptor, long address, long count, int flags);

  /** Receives a message; see recv(2). */
  long recv(int descriptor, long address, long count, int flags);
}
