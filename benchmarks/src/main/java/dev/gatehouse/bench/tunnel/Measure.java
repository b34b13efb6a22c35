package dev.gatehouse.bench.tunnel;

/** What is measured of a pair of tunnel ends. "Up" is from the client to the gateway. */
enum Measure {
  TCP_1_UP("tcp-1-up", "Gbit/s", true),
  TCP_1_DOWN("tcp-1-down", "Gbit/s", true),
  TCP_4_UP("tcp-4-up", "Gbit/s", true),
  TCP_4_DOWN("tcp-4-down", "Gbit/s", true),
  /** CPU time of both ends for the single stream up, per transferred gigabit. */
  CPU("cpu-per-gbit", "s", false),
  /** The highest offered rate of 64-byte payloads of which less than 0.5 % is lost. */
  UDP_64("udp-64", "packets/s", true),
  /** The same where the sender gives the kernel 64 datagrams in one piece (UDP_SEGMENT). */
  UDP_64_TRAINS("udp-64-trains", "packets/s", true),
  /** Datagrams one by one whose payloads fill the tunnel's MTU. */
  UDP_MTU("udp-mtu", "packets/s", true),
  RR_P50("rr-p50", "us", false),
  RR_P99("rr-p99", "us", false),
  /** Request and response while a single TCP stream runs in the same direction. */
  LOADED_RR_P50("loaded-rr-p50", "us", false),
  LOADED_RR_P99("loaded-rr-p99", "us", false),
  /** The mean of pings sent every 2 ms through an otherwise idle tunnel. */
  PING("ping-2ms", "us", false),
  /** Resident memory of both ends together after the load. */
  RSS("rss", "MiB", false);

  private final String id;
  private final String unit;
  private final boolean moreIsBetter;

  Measure(String id, String unit, boolean moreIsBetter) {
    this.id = id;
    this.unit = unit;
    this.moreIsBetter = moreIsBetter;
  }

  String id() {
    return id;
  }

  String unit() {
    return unit;
  }

  boolean moreIsBetter() {
    return moreIsBetter;
  }
}
