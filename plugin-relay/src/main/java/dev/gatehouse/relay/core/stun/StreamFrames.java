package dev.gatehouse.relay.core.stun;

/**
 * Where a frame ends in a TCP or TLS stream (RFC 8656, section 12.5): a STUN message tells its
 * length, ChannelData is padded to four bytes. Nothing in a stream can be skipped, so a start that
 * is neither means that the connection is to be closed.
 */
public final class StreamFrames {

  /** What must have arrived before {@link #length} can judge. */
  public static final int NEEDED = 4;

  /** The longest frame, which is the room a reader needs. */
  public static final int LONGEST = 65_555;

  private StreamFrames() {}

  /**
   * The length of the frame that starts with these four bytes, padding included.
   *
   * @param first the first four bytes in network order
   * @param wideChannels whether channels up to 0x7fff are let through, as in {@link
   *     dev.gatehouse.relay.core.turn.TurnSettings.Compatibility}
   * @return 4 to {@link #LONGEST}, or -1 if this is no frame and the connection is to be closed
   */
  public static int length(int first, boolean wideChannels) {
    int length = first & 0xffff;
    int top = first >>> 24;
    if (top < 4) {
      return (length & 3) == 0 ? 20 + length : -1;
    }
    if (top >= 0x40 && top <= (wideChannels ? 0x7f : 0x4f)) {
      return 4 + ((length + 3) & ~3);
    }
    return -1;
  }
}
