package dev.gatehouse.api.model;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * An IPv4 or IPv6 address as two longs. IPv4 is held in its mapped form {@code ::ffff:a.b.c.d}, and
 * every mapped IPv6 address therefore <em>is</em> the IPv4 address: one address has one value.
 *
 * @param high the upper 64 bits, zero for IPv4
 * @param low the lower 64 bits
 * @since 0.1.0
 */
public record IpAddress(long high, long low) implements Comparable<IpAddress> {

  private static final long MAPPED = 0x0000_ffff_0000_0000L;

  /**
   * What is offered to the JDK's parser, which by itself also takes short, bracketed and scoped
   * forms. One address shall have few spellings, and none that another program reads differently.
   */
  private static final Pattern LITERAL =
      Pattern.compile(
          "(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(?:\\.(?!$)|$)){4}|(?=[^:]*:)[0-9A-Fa-f:.]{2,45}");

  /** The IPv4 address with this value, most significant byte first. */
  public static IpAddress v4(int address) {
    return new IpAddress(0, MAPPED | (address & 0xffff_ffffL));
  }

  /**
   * From 4 or 16 bytes in network order.
   *
   * @throws IllegalArgumentException for any other length
   */
  public static IpAddress of(byte[] bytes) {
    var buffer = ByteBuffer.wrap(bytes);
    return switch (bytes.length) {
      case 4 -> v4(buffer.getInt());
      case 16 -> new IpAddress(buffer.getLong(), buffer.getLong());
      default -> throw new IllegalArgumentException("an address has 4 or 16 bytes");
    };
  }

  /**
   * Reads a literal such as {@code 10.0.0.1} or {@code fd00::1}; never asks the DNS.
   *
   * @throws GatehouseException if the text is not an address literal
   */
  public static IpAddress parse(String text) {
    try {
      if (LITERAL.matcher(text).matches()) {
        return of(InetAddress.ofLiteral(text).getAddress());
      }
    } catch (IllegalArgumentException e) {
      // falls through to the one message for every malformed address
    }
    throw new GatehouseException(
        StandardErrorCode.REQUEST_INVALID,
        "'" + Texts.shown(text) + "' is not an IP address.",
        "Write an IPv4 address such as 10.0.0.1 or an IPv6 address such as fd00::1.");
  }

  /** Whether this is an IPv4 address. */
  public boolean isV4() {
    return high == 0 && (low >>> 32) == 0xffffL;
  }

  /** The IPv4 value; meaningless unless {@link #isV4()}. */
  public int v4Value() {
    return (int) low;
  }

  /** 4 bytes for IPv4, 16 for IPv6, in network order. */
  public byte[] bytes() {
    return isV4()
        ? ByteBuffer.allocate(4).putInt(v4Value()).array()
        : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  /** The number of bits in an address of this family: 32 or 128. */
  public int bits() {
    return isV4() ? 32 : 128;
  }

  /** Whether the address is 0.0.0.0 or ::. */
  public boolean isUnspecified() {
    return high == 0 && (low == 0 || low == MAPPED);
  }

  /** Whether the address is a multicast one (224.0.0.0/4 or ff00::/8). */
  public boolean isMulticast() {
    return isV4() ? (v4Value() >>> 28) == 0xe : (high >>> 56) == 0xff;
  }

  /** The same address for the JDK's networking classes. */
  public InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(bytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int compareTo(IpAddress other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /** The text form: dotted decimal, or IPv6 as RFC 5952 writes it. */
  @Override
  public String toString() {
    if (isV4()) {
      int v = v4Value();
      return (v >>> 24) + "." + (v >>> 16 & 255) + "." + (v >>> 8 & 255) + "." + (v & 255);
    }
    return v6Text();
  }

  private int group(int index) {
    long half = index < 4 ? high : low;
    return (int) (half >>> (48 - 16 * (index & 3))) & 0xffff;
  }

  private String v6Text() {
    int start = -1;
    int longest = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && group(end) == 0) {
        end++;
      }
      if (end - i > longest) {
        start = i;
        longest = end - i;
      }
      i = Math.max(i, end - 1);
    }
    var text = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        text.append("::");
        i += longest - 1;
      } else {
        if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
          text.append(':');
        }
        text.append(Integer.toHexString(group(i)));
      }
    }
    return text.toString();
  }
}
