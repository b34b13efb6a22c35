package dev.gatehouse.tun.linux.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel answered to a request of {@link RouteMessages}.
 *
 * @param errno zero for success
 * @param explanation the kernel's own words, often empty
 * @param link the interface, if one was asked for; {@link Link#NONE} otherwise
 * @param local whether a route was asked for and ends at this machine
 */
public record RouteReply(int errno, String explanation, Link link, boolean local) {

  private static final int ERROR = 2;
  private static final int NEWLINK = 16;
  private static final int NEWROUTE = 24;
  private static final int LOCAL_ROUTE = 2;
  private static final int CAPPED = 0x100;
  private static final int HAS_EXPLANATION = 0x200;
  private static final int HEADER = 16;

  /**
   * An interface.
   *
   * @param index its number
   * @param up whether it is set up
   * @param mtu its largest packet
   * @param transmitDropped packets the kernel dropped because nobody read them in time
   */
  public record Link(int index, boolean up, int mtu, long transmitDropped) {

    /** No interface. */
    public static final Link NONE = new Link(0, false, 0, 0);
  }

  /**
   * Reads an answer.
   *
   * @param in one or more messages in native byte order; the position moves
   * @param sequence which request the answer must belong to
   * @return the answer, or null if there is none to this request among the messages
   */
  public static @Nullable RouteReply read(ByteBuffer in, int sequence) {
    while (in.remaining() >= HEADER) {
      int start = in.position();
      int length = in.getInt(start);
      if (length < HEADER || length > in.remaining()) {
        return null;
      }
      int type = in.getShort(start + 4) & 0xffff;
      var message = in.slice(start, length).order(in.order());
      if (in.getInt(start + 8) == sequence) {
        if (type == ERROR && length >= HEADER + 4) {
          return new RouteReply(-message.getInt(HEADER), explanation(message), Link.NONE, false);
        }
        if (type == NEWLINK && length >= HEADER + 16) {
          return new RouteReply(0, "", link(message), false);
        }
        if (type == NEWROUTE && length >= HEADER + 12) {
          return new RouteReply(0, "", Link.NONE, message.get(HEADER + 7) == LOCAL_ROUTE);
        }
      }
      in.position(Math.min(in.limit(), start + ((length + 3) & -4)));
    }
    return null;
  }

  private static String explanation(ByteBuffer message) {
    int flags = message.getShort(6) & 0xffff;
    if ((flags & HAS_EXPLANATION) == 0 || message.limit() < HEADER + 20) {
      return "";
    }
    int inner = (flags & CAPPED) != 0 ? HEADER : message.getInt(HEADER + 4);
    int at = attribute(message, HEADER + 4 + inner, 1);
    if (at < 0) {
      return "";
    }
    var bytes = new byte[(message.getShort(at) & 0xffff) - 4];
    message.get(at + 4, bytes);
    return new String(bytes, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "").strip();
  }

  private static Link link(ByteBuffer message) {
    int mtu = attribute(message, HEADER + 16, 4);
    int statistics = attribute(message, HEADER + 16, 23);
    boolean counted = statistics >= 0 && (message.getShort(statistics) & 0xffff) >= 4 + 64;
    return new Link(
        message.getInt(HEADER + 4),
        (message.getInt(HEADER + 8) & 1) != 0,
        mtu >= 0 ? message.getInt(mtu + 4) : 0,
        counted ? message.getLong(statistics + 4 + 56) : 0);
  }

  /** Where an attribute begins, or -1; whatever is found lies within the message. */
  private static int attribute(ByteBuffer message, int from, int wanted) {
    int at = from;
    while (at >= 0 && at + 4 <= message.limit()) {
      int length = message.getShort(at) & 0xffff;
      if (length < 4 || at + length > message.limit()) {
        return -1;
      }
      if ((message.getShort(at + 2) & 0x3fff) == wanted) {
        return wanted == 4 && length < 8 ? -1 : at;
      }
      at += (length + 3) & -4;
    }
    return -1;
  }
}
