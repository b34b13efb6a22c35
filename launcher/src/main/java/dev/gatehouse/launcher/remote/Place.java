package dev.gatehouse.launcher.remote;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where to ask.
 *
 * @param address the address
 * @param file the socket's file; empty for TCP
 * @param name how to call the place in messages, and in the request's {@code Host}
 * @param who what is expected to answer there
 * @param start how to start it
 * @param option the option that names another place
 * @param access what is needed beyond the address; empty if nothing
 */
record Place(
    SocketAddress address,
    Optional<Path> file,
    String name,
    String who,
    String start,
    String option,
    Optional<RemoteAccess> access) {

  /** A gateway's socket on this machine. */
  static Place of(Path socket) {
    return new Place(
        UnixDomainSocketAddress.of(socket),
        Optional.of(socket),
        socket.toString(),
        "gateway",
        "gatehouse run",
        "--socket",
        Optional.empty());
  }

  @Override
  public String toString() {
    return name;
  }
}
