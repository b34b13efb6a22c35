package dev.gatehouse.relay.core.turn;

import org.jspecify.annotations.Nullable;

/** The client's end of an allocation: its 5-tuple. One per allocation, so a shell may keep it. */
public final class TurnClient {

  private static final int STREAM = 1 << 30;

  private final long high;
  private final long low;
  private final int port;
  private final int link;

  /** What the shell wants to keep with a client, such as a prepared socket address. */
  public @Nullable Object attachment;

  TurnClient(long high, long low, int port, int link) {
    this.high = high;
    this.low = low;
    this.port = port;
    this.link = link;
  }

  /**
   * The link of datagrams to one local address and port.
   *
   * @param number 0 to 2^30 - 1, for each local address and port another
   */
  public static int datagramLink(int number) {
    return number & (STREAM - 1);
  }

  /**
   * The link of a TCP or TLS connection.
   *
   * @param number 0 to 2^30 - 1, of no other living connection
   */
  public static int streamLink(int number) {
    return (number & (STREAM - 1)) | STREAM;
  }

  /** Whether a link is a TCP or TLS connection. */
  public static boolean isStream(int link) {
    return (link & STREAM) != 0;
  }

  /** The upper half of the address, as in {@link dev.gatehouse.api.model.IpAddress#high()}. */
  public long high() {
    return high;
  }

  /** The lower half of the address. */
  public long low() {
    return low;
  }

  /** The port. */
  public int port() {
    return port;
  }

  /** How the client is reached. */
  public int link() {
    return link;
  }
}
