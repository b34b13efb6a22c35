package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.IpAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * As much of a DNS message as a forwarder has to understand (RFC 1035): the one question of a
 * query. Everything else is passed on as it is. Answers are written for that question. Immutable.
 */
public final class DnsMessage {

  /** The type of an IPv4 address. */
  public static final int A = 1;

  /** The type of a name for an address. */
  public static final int PTR = 12;

  /** The type of an IPv6 address. */
  public static final int AAAA = 28;

  /** The type of a service binding for HTTPS. */
  public static final int HTTPS = 65;

  /** All is well. */
  public static final int NO_ERROR = 0;

  /** The query makes no sense. */
  public static final int FORMAT_ERROR = 1;

  /** The server cannot tell. */
  public static final int SERVER_FAILURE = 2;

  /** There is no such name. */
  public static final int NO_SUCH_NAME = 3;

  /** The server does not want to tell. */
  public static final int REFUSED = 5;

  private static final int HEADER = 12;
  private static final int INTERNET = 1;

  /** For how long an answer of ours counts, in seconds: the addresses may be others next time. */
  private static final int TTL = 1;

  private final String name;
  private final int type;
  private final byte[] header;

  private DnsMessage(String name, int type, byte[] header) {
    this.name = name;
    this.type = type;
    this.header = header;
  }

  /**
   * The name in lower case, without a trailing dot; empty for the root, and for a name that is not
   * made of letters, digits, {@code -} and {@code _}, which no pattern covers.
   */
  public String name() {
    return name;
  }

  /** The type, one of the constants or another. */
  public int type() {
    return type;
  }

  /** Reads a query; empty if it is not an ordinary one with exactly one question. */
  public static Optional<DnsMessage> query(byte[] message) {
    if (message.length < HEADER + 5) {
      return Optional.empty();
    }
    var buffer = ByteBuffer.wrap(message);
    int flags = buffer.getShort(2) & 0xffff;
    boolean ordinary = (flags & 0xf800) == 0 && buffer.getShort(4) == 1;
    if (!ordinary) {
      return Optional.empty();
    }
    var name = new StringBuilder();
    boolean plain = true;
    int at = HEADER;
    while (at < message.length && message[at] != 0) {
      int length = message[at] & 0xff;
      if (length > 63 || at + 1 + length >= message.length || at - HEADER + length > 254) {
        return Optional.empty();
      }
      if (!name.isEmpty()) {
        name.append('.');
      }
      var label = new String(message, at + 1, length, StandardCharsets.ISO_8859_1);
      plain &= isPlain(label);
      name.append(label);
      at += 1 + length;
    }
    int end = at + 5;
    if (end > message.length || buffer.getShort(at + 3) != INTERNET) {
      return Optional.empty();
    }
    var header = Arrays.copyOf(message, end);
    return Optional.of(
        new DnsMessage(
            plain ? name.toString().toLowerCase(Locale.ROOT) : "",
            buffer.getShort(at + 1) & 0xffff,
            header));
  }

  private static boolean isPlain(String label) {
    return label
        .chars()
        .allMatch(c ->
            (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_');
  }

  /** The address a PTR query asks about; empty if it is not one, or asks about something else. */
  public Optional<IpAddress> reversed() {
    if (type != PTR) {
      return Optional.empty();
    }
    var labels = name.split("\\.", -1);
    try {
      if (name.endsWith(".in-addr.arpa") && labels.length == 6) {
        return Optional.of(
            IpAddress.parse(String.join(".", labels[3], labels[2], labels[1], labels[0])));
      }
      if (name.endsWith(".ip6.arpa") && labels.length == 34) {
        var bytes = new byte[16];
        for (int i = 0; i < 16; i++) {
          int nibbles = Integer.parseInt(labels[31 - 2 * i] + labels[30 - 2 * i], 16);
          bytes[i] = (byte) nibbles;
        }
        return Optional.of(IpAddress.of(bytes));
      }
    } catch (RuntimeException e) {
      return Optional.empty(); // Not an address, so nothing we know.
    }
    return Optional.empty();
  }

  /** An answer without records. */
  public byte[] answer(int code) {
    return message(code, 0, new byte[0]);
  }

  /** An answer with addresses, all of the family that was asked for. */
  public byte[] addresses(List<IpAddress> addresses) {
    var records = new ByteArrayOutputStream();
    addresses.forEach(address -> records.writeBytes(record(type, address.bytes())));
    return message(NO_ERROR, addresses.size(), records.toByteArray());
  }

  /** The answer to a PTR query. */
  public byte[] pointer(String target) {
    var data = new ByteArrayOutputStream();
    for (var label : target.split("\\.", -1)) {
      data.write(label.length());
      data.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    data.write(0);
    return message(NO_ERROR, 1, record(PTR, data.toByteArray()));
  }

  private static byte[] record(int type, byte[] data) {
    return ByteBuffer.allocate(12 + data.length)
        .putShort((short) (0xc000 | HEADER)) // the name of the question
        .putShort((short) type)
        .putShort((short) INTERNET)
        .putInt(TTL)
        .putShort((short) data.length)
        .put(data)
        .array();
  }

  private byte[] message(int code, int answers, byte[] records) {
    var message = ByteBuffer.allocate(header.length + records.length).put(header).put(records);
    int asked = message.getShort(2) & 0x0100;
    message.putShort(2, (short) (0x8080 | asked | code));
    return message.putShort(6, (short) answers).putInt(8, 0).array();
  }
}
