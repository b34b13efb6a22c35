package dev.gatehouse.relay.core.stun;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Reads one STUN message after another. Never throws on what it is given to read, and sees nothing
 * behind MESSAGE-INTEGRITY but its SHA-256 sister and FINGERPRINT (RFC 8489, section 14.5). Keeps
 * the array until the next message. One thread.
 */
public final class StunReader {

  /** Well formed. */
  public static final int OK = 0;

  /** Not a STUN message, or one that was damaged on the way; there is nobody to answer. */
  public static final int NOT_STUN = 1;

  /** A STUN message with something in it that cannot be meant. */
  public static final int BAD_REQUEST = 2;

  /** The most attributes a message may have. */
  public static final int MOST_ATTRIBUTES = 64;

  /** The most attributes not understood that are told apart. */
  public static final int MOST_UNKNOWN = 16;

  private static final int LONGEST_USERNAME = 508;
  private static final int LONGEST_TEXT = 763;

  private final int[] types = new int[MOST_ATTRIBUTES];
  private final int[] places = new int[MOST_ATTRIBUTES];
  private final int[] unknown = new int[MOST_UNKNOWN];
  private final CRC32 crc = new CRC32();

  private byte[] bytes = new byte[0];
  private int start;
  private int length;
  private int type;
  private int count;
  private int unknownCount;
  private boolean bad;
  private boolean fingerprint;
  private boolean sealed;

  private long high;
  private long low;
  private int port;
  private int family;

  /** Nothing read yet. */
  public StunReader() {}

  /**
   * Reads a message that fills the given bytes.
   *
   * @return {@link #OK}, {@link #NOT_STUN} or {@link #BAD_REQUEST}; in the last case header and
   *     attributes can be asked for, but values only as far as they have the right length
   */
  public int read(byte[] from, int offset, int size) {
    bytes = from;
    start = offset;
    length = size;
    count = 0;
    unknownCount = 0;
    bad = false;
    fingerprint = false;
    sealed = false;
    if (size < Stun.HEADER || (size & 3) != 0) {
      return NOT_STUN;
    }
    type = u16(offset);
    if (type >>> 14 != 0
        || u32(offset + 4) != Stun.COOKIE
        || u16(offset + 2) != size - Stun.HEADER) {
      return NOT_STUN;
    }
    return attributes(offset + Stun.HEADER, offset + size) ? bad ? BAD_REQUEST : OK : NOT_STUN;
  }

  private boolean attributes(int from, int end) {
    int at = from;
    int seen = 0;
    while (at < end) {
      int attribute = u16(at);
      int size = u16(at + 2);
      if (fingerprint || size > end - at - 4 || ++seen > MOST_ATTRIBUTES) {
        return false;
      }
      if (attribute == Stun.FINGERPRINT) {
        if (size != 4 || u32(at + 4) != fingerprint(at)) {
          return false;
        }
        fingerprint = true;
      } else {
        attribute(attribute, at, size);
      }
      at += 4 + ((size + 3) & ~3);
    }
    return true;
  }

  private void attribute(int attribute, int at, int size) {
    if (sealed && (attribute != Stun.MESSAGE_INTEGRITY_SHA256 || !has(Stun.MESSAGE_INTEGRITY))) {
      return;
    }
    if (!fits(attribute, at, size) || (once(attribute) && has(attribute))) {
      bad = true;
    }
    if (!Stun.understood(attribute)) {
      if (unknownCount < MOST_UNKNOWN) {
        unknown[unknownCount++] = attribute;
      }
      return;
    }
    sealed |= attribute == Stun.MESSAGE_INTEGRITY || attribute == Stun.MESSAGE_INTEGRITY_SHA256;
    types[count] = attribute;
    places[count++] = at + 4;
  }

  private boolean fits(int attribute, int at, int size) {
    return switch (attribute) {
      case Stun.CHANNEL_NUMBER,
          Stun.LIFETIME,
          Stun.REQUESTED_ADDRESS_FAMILY,
          Stun.ADDITIONAL_ADDRESS_FAMILY,
          Stun.REQUESTED_TRANSPORT ->
          size == 4;
      case Stun.EVEN_PORT -> size == 1;
      case Stun.DONT_FRAGMENT -> size == 0;
      case Stun.RESERVATION_TOKEN -> size == 8;
      case Stun.MESSAGE_INTEGRITY -> size == 20;
      case Stun.MESSAGE_INTEGRITY_SHA256 -> size >= 16 && size <= 32 && (size & 3) == 0;
      case Stun.USERHASH -> size == 32;
      case Stun.USERNAME -> size >= 1 && size <= LONGEST_USERNAME;
      case Stun.REALM, Stun.NONCE -> size <= LONGEST_TEXT;
      case Stun.PASSWORD_ALGORITHM -> size >= 4;
      case Stun.XOR_PEER_ADDRESS ->
          size >= 4
              && (bytes[at + 5] == Stun.IPV4
                  ? size == 8
                  : bytes[at + 5] == Stun.IPV6 && size == 20);
      default -> true;
    };
  }

  private static boolean once(int attribute) {
    return switch (attribute) {
      case Stun.USERNAME,
          Stun.USERHASH,
          Stun.REALM,
          Stun.NONCE,
          Stun.PASSWORD_ALGORITHM,
          Stun.PASSWORD_ALGORITHMS,
          Stun.MESSAGE_INTEGRITY,
          Stun.MESSAGE_INTEGRITY_SHA256 ->
          true;
      default -> false;
    };
  }

  private int fingerprint(int at) {
    crc.reset();
    crc.update(bytes, start, at - start);
    return (int) crc.getValue() ^ Stun.FINGERPRINT_XOR;
  }

  /** The method. */
  public int method() {
    return Stun.method(type);
  }

  /** {@link Stun#REQUEST} and so on. */
  public int messageClass() {
    return Stun.messageClass(type);
  }

  /** How many bytes the message has. */
  public int length() {
    return length;
  }

  /** The array it lies in. */
  public byte[] bytes() {
    return bytes;
  }

  /** Where it starts in the array. */
  public int start() {
    return start;
  }

  /** The first 8 bytes of the transaction. */
  public long transactionHigh() {
    return ((long) u32(start + 8) << 32) | (u32(start + 12) & 0xffff_ffffL);
  }

  /** The last 4 bytes of the transaction. */
  public int transactionLow() {
    return u32(start + 16);
  }

  /** Whether it had a FINGERPRINT, which then was right. */
  public boolean hasFingerprint() {
    return fingerprint;
  }

  /** Attributes that must be understood and were not, at most {@link #MOST_UNKNOWN}. */
  public int[] unknown() {
    return Arrays.copyOf(unknown, unknownCount);
  }

  /** Whether there are such. */
  public boolean hasUnknown() {
    return unknownCount > 0;
  }

  /** How many attributes can be seen. */
  public int count() {
    return count;
  }

  /** The type of an attribute, by its index. */
  public int typeAt(int index) {
    return types[index];
  }

  /** Where the value of an attribute starts in the array, by its index. */
  public int placeAt(int index) {
    return places[index];
  }

  /** Whether an attribute is there. */
  public boolean has(int attribute) {
    return find(attribute) >= 0;
  }

  /** Where the value of the first such attribute starts in the array, or -1. */
  public int find(int attribute) {
    for (int i = 0; i < count; i++) {
      if (types[i] == attribute) {
        return places[i];
      }
    }
    return -1;
  }

  /** The length of the value that starts at a place. */
  public int lengthAt(int place) {
    return u16(place - 2);
  }

  /** A copy of the value of an attribute that is there. */
  public byte[] value(int attribute) {
    int place = find(attribute);
    return Arrays.copyOfRange(bytes, place, place + lengthAt(place));
  }

  /** The value of an attribute that is there, as text. */
  public String text(int attribute) {
    int place = find(attribute);
    return new String(bytes, place, lengthAt(place), StandardCharsets.UTF_8);
  }

  /** The first byte of an attribute that is there. */
  public int u8(int attribute) {
    return bytes[find(attribute)] & 0xff;
  }

  /** The first two bytes of an attribute that is there. */
  public int firstU16(int attribute) {
    return u16(find(attribute));
  }

  /** The first four bytes of an attribute that is there. */
  public int firstU32(int attribute) {
    return u32(find(attribute));
  }

  /**
   * Reads an XOR address whose value starts at a place; its parts are then to be had from {@link
   * #high()} and so on.
   *
   * @return false if it is no address
   */
  public boolean xorAddress(int place) {
    int size = lengthAt(place);
    family = size >= 4 ? bytes[place + 1] : 0;
    if (family == Stun.IPV4 && size == 8) {
      high = 0;
      low = 0xffff_0000_0000L | ((u32(place + 4) ^ Stun.COOKIE) & 0xffff_ffffL);
    } else if (family == Stun.IPV6 && size == 20) {
      high = u64(place + 4) ^ u64(start + 4);
      low = u64(place + 12) ^ u64(start + 12);
    } else {
      return false;
    }
    port = u16(place + 2) ^ (Stun.COOKIE >>> 16);
    return true;
  }

  /** The upper half of the address, as in {@link dev.gatehouse.api.model.IpAddress#high()}. */
  public long high() {
    return high;
  }

  /** The lower half of the address. */
  public long low() {
    return low;
  }

  /** The port beside the address. */
  public int port() {
    return port;
  }

  /**
   * The family that stood beside the address. An IPv4 address mapped into IPv6 can come with {@link
   * Stun#IPV6}.
   */
  public int family() {
    return family;
  }

  /**
   * Checks a MAC in constant time.
   *
   * @param attribute {@link Stun#MESSAGE_INTEGRITY} or its SHA-256 sister, which may be truncated
   * @return false also if it is not there
   */
  public boolean verify(Integrity integrity, int attribute, byte[] key) {
    int place = find(attribute);
    if (place < 0) {
      return false;
    }
    int size = lengthAt(place);
    var expected =
        integrity.mac(
            attribute == Stun.MESSAGE_INTEGRITY_SHA256,
            key,
            bytes,
            start,
            place - 4,
            place + size - start - Stun.HEADER);
    return MessageDigest.isEqual(
        Arrays.copyOf(expected, size), Arrays.copyOfRange(bytes, place, place + size));
  }

  private int u16(int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  private int u32(int at) {
    return u16(at) << 16 | u16(at + 2);
  }

  private long u64(int at) {
    return (long) u32(at) << 32 | (u32(at + 4) & 0xffff_ffffL);
  }
}
