package dev.gatehouse.tun.linux.io;

/**
 * Which super-packets the kernel exchanges with the device.
 *
 * @param header whether every packet has a header of its own before it
 * @param tcp whether TCP super-packets come and go
 * @param udp whether UDP super-packets come and go
 */
record Offload(boolean header, boolean tcp, boolean udp) {

  /** Nothing: plain packets. */
  static final Offload NONE = new Offload(false, false, false);

  @Override
  public String toString() {
    return udp ? "tso4 tso6 uso4 uso6" : tcp ? "tso4 tso6" : "none";
  }
}
