package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.model.InterfaceAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the kernel forwards packets between the interface and other networks.
 *
 * @param v4 for IPv4
 * @param v6 for IPv6
 */
record Forwarding(boolean v4, boolean v6) {

  private static final Path V4 = Path.of("/proc/sys/net/ipv4/ip_forward");
  private static final Path V6 = Path.of("/proc/sys/net/ipv6/conf/all/forwarding");

  /** As the calling thread's network namespace has it. */
  static Forwarding read() {
    return new Forwarding(isOn(V4), isOn(V6));
  }

  /** The settings that are off although the interface has an address of that family. */
  List<String> missing(List<InterfaceAddress> addresses) {
    var missing = new ArrayList<String>();
    for (var each : addresses) {
      if (each.address().isV4() && !v4) {
        missing.add("net.ipv4.ip_forward");
      } else if (!each.address().isV4() && !v6) {
        missing.add("net.ipv6.conf.all.forwarding");
      }
    }
    return missing;
  }

  private static boolean isOn(Path file) {
    try {
      return !Files.readString(file).strip().equals("0");
    } catch (IOException e) {
      return false;
    }
  }
}
