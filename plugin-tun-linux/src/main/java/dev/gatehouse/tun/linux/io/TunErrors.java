package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.tun.linux.abi.CLibrary;
import dev.gatehouse.tun.linux.core.Errno;
import dev.gatehouse.tun.linux.core.RouteReply;

/** What went wrong with the device, as sentences with the fix. */
final class TunErrors {

  private static final String RIGHT =
      "Run as root, or give the process the CAP_NET_ADMIN capability (systemd:"
          + " AmbientCapabilities=CAP_NET_ADMIN; container: --cap-add NET_ADMIN).";

  private TunErrors() {}

  /** The C library, or a sentence if jnr-ffi does not work here. */
  static CLibrary loaded() {
    try {
      return CLibrary.load();
    } catch (LinkageError e) {
      throw new GatehouseException(
          StandardErrorCode.DEVICE_UNAVAILABLE,
          "The C library cannot be called from Java.",
          "Check that the directory for temporary files allows execution (mount option noexec;"
              + " -Djava.io.tmpdir=… names another one), and that the JVM runs with the options of"
              + " the start script.",
          e);
    }
  }

  static GatehouseException cannotOpen(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
          environment(
              "This machine has no TUN driver: /dev/net/tun is missing.",
              "Load it with 'modprobe tun'; in a container, pass the device in with --device"
                  + " /dev/net/tun.");
      case Errno.EPERM, Errno.EACCES ->
          denied(
              "/dev/net/tun may not be opened.",
              "Run as root, or let the user read and write /dev/net/tun; in a container, pass it"
                  + " in with --device /dev/net/tun.");
      case Errno.EMFILE, Errno.ENFILE -> tooManyFiles();
      default ->
          environment(
              "/dev/net/tun cannot be opened: " + Errno.describe(errno) + ".",
              "Check that the TUN driver works: 'ip tuntap add mode tun name test0' should.");
    };
  }

  static GatehouseException cannotAttach(String name, int errno) {
    return switch (errno) {
      case Errno.EPERM, Errno.EACCES ->
          denied("The interface " + name + " may not be created.", RIGHT);
      case Errno.EBUSY ->
          new GatehouseException(
              StandardErrorCode.ADDRESS_IN_USE,
              "The interface " + name + " is in use by another process.",
              "Stop the other gateway, or choose another name in [tun] name.");
      case Errno.EINVAL ->
          new GatehouseException(
              StandardErrorCode.ADDRESS_IN_USE,
              "An interface " + name + " exists already and is not one this gateway can use.",
              "Choose another name in [tun] name, or remove the interface with 'ip link delete "
                  + name
                  + "'.");
      case Errno.EMFILE, Errno.ENFILE -> tooManyFiles();
      default ->
          environment(
              "The interface " + name + " cannot be created: " + Errno.describe(errno) + ".",
              "See the kernel's log (dmesg) for the reason.");
    };
  }

  static GatehouseException cannotConfigure(String name, String what, RouteReply reply) {
    var words = reply.explanation().isEmpty() ? Errno.describe(reply.errno()) : reply.explanation();
    if (reply.errno() == Errno.EPERM) {
      return denied(what + " of the interface " + name + " may not be set.", RIGHT);
    }
    return environment(
        what + " of the interface " + name + " cannot be set: " + words + ".",
        "Check the section [tun], and that nothing else manages this interface.");
  }

  static GatehouseException noNetlink(int errno) {
    return errno == Errno.EMFILE || errno == Errno.ENFILE
        ? tooManyFiles()
        : environment(
            "The kernel's network settings cannot be reached: " + Errno.describe(errno) + ".",
            "Allow netlink sockets (systemd: RestrictAddressFamilies must include AF_NETLINK).");
  }

  static GatehouseException noWatch(UnsupportedOperationException cause) {
    return new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        "The event loop cannot watch the TUN device.",
        "Install the native transport of Netty for this platform, which the Linux bundle holds.",
        cause);
  }

  private static GatehouseException tooManyFiles() {
    return environment(
        "There are too many open files.",
        "Raise the limit (systemd: LimitNOFILE=65536; shell: ulimit -n 65536).");
  }

  private static GatehouseException denied(String problem, String fix) {
    return new GatehouseException(StandardErrorCode.PERMISSION_DENIED, problem, fix);
  }

  private static GatehouseException environment(String problem, String fix) {
    return new GatehouseException(StandardErrorCode.DEVICE_UNAVAILABLE, problem, fix);
  }
}
