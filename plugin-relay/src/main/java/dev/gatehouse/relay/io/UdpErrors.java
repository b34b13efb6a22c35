package dev.gatehouse.relay.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.Linux;
import java.io.Serial;

/** What went wrong with a socket, in sentences. */
final class UdpErrors {

  /** A socket that could not be opened, and the system's number for the reason. */
  static final class OpeningFailed extends GatehouseException {

    @Serial private static final long serialVersionUID = 1L;

    private final int errno;

    private OpeningFailed(GatehouseException said, int errno) {
      super(said.code(), said.problem(), said.fix());
      this.errno = errno;
    }

    /** Whether the machine lacks the address family or the address. */
    boolean isAbsence() {
      return errno == Linux.EAFNOSUPPORT || errno == Linux.EADDRNOTAVAIL;
    }
  }

  private UdpErrors() {}

  static OpeningFailed opening(LibC libc, Endpoint endpoint, String key, int errno) {
    return new OpeningFailed(sentence(libc, endpoint, key, errno), errno);
  }

  private static GatehouseException sentence(LibC libc, Endpoint endpoint, String key, int errno) {
    int port = endpoint.port();
    return switch (errno) {
      case Linux.EADDRINUSE ->
          new GatehouseException(
              StandardErrorCode.ADDRESS_IN_USE,
              "UDP port " + port + " is in use by another program.",
              "Stop it or set " + key + " to another port.");
      case Linux.EACCES ->
          new GatehouseException(
              StandardErrorCode.PERMISSION_DENIED,
              "UDP port " + port + " may not be opened by this user.",
              "Set " + key + " to a port above 1023, or grant CAP_NET_BIND_SERVICE.");
      case Linux.EADDRNOTAVAIL ->
          new GatehouseException(
              StandardErrorCode.DEVICE_UNAVAILABLE,
              "The address " + endpoint.address() + " is not one of this machine.",
              "Set "
                  + key
                  + " to an address of this machine, or to 0.0.0.0 or [::] for all of them.");
      case Linux.EAFNOSUPPORT ->
          new GatehouseException(
              StandardErrorCode.DEVICE_UNAVAILABLE,
              (endpoint.address().isV4() ? "IPv4" : "IPv6")
                  + " is not available on this machine, but "
                  + key
                  + " names "
                  + endpoint
                  + ".",
              "Remove it from there.");
      default ->
          new GatehouseException(
              StandardErrorCode.DEVICE_UNAVAILABLE,
              "The UDP socket for "
                  + endpoint
                  + " cannot be opened: "
                  + libc.strerror(errno)
                  + " (error "
                  + errno
                  + ").",
              "");
    };
  }
}
