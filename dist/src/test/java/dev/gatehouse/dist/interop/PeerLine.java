package dev.gatehouse.dist.interop;

import dev.gatehouse.testkit.lab.Namespace;

/**
 * A peer as {@code wg show <interface> dump} shows it.
 *
 * @param presharedKey the pre-shared key or {@code (none)}
 * @param endpoint the endpoint or {@code (none)}
 * @param allowedIps the allowed networks, separated by commas
 * @param handshake the last handshake in seconds since 1970; 0 for none
 * @param received bytes received
 * @param sent bytes sent
 * @param keepalive the persistent keepalive in seconds or {@code off}
 */
record PeerLine(
    String presharedKey,
    String endpoint,
    String allowedIps,
    long handshake,
    long received,
    long sent,
    String keepalive) {

  static PeerLine of(Namespace machine, String device, String key) {
    var dump = machine.run("wg", "show", device, "dump").out();
    var fields =
        dump.lines()
            .filter(line -> line.startsWith(key + "\t"))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no peer " + key + " in\n" + dump))
            .split("\t", -1);
    return new PeerLine(
        fields[1],
        fields[2],
        fields[3],
        Long.parseLong(fields[4]),
        Long.parseLong(fields[5]),
        Long.parseLong(fields[6]),
        fields[7]);
  }
}
