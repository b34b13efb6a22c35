package dev.gatehouse.tun.linux.core;

import dev.gatehouse.api.model.IpAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Requests to the kernel's routing tables: rtnetlink messages as rtnetlink(7) describes them. Each
 * method fills the buffer from its start and leaves it ready to be read. Buffers are in native byte
 * order, as netlink is.
 */
public final class RouteMessages {

  private static final short NEWLINK = 16;
  private static final short GETLINK = 18;
  private static final short NEWADDR = 20;
  private static final short GETROUTE = 26;
  private static final short REQUEST = 0x1;
  private static final short ACK = 0x4;
  private static final short REPLACE = 0x100;
  private static final short CREATE = 0x400;
  private static final short NESTED = (short) 0x8000;
  private static final byte AF_INET = 2;
  private static final byte AF_INET6 = 10;
  private static final int IFF_UP = 1;
  private static final byte NO_DUPLICATE_DETECTION = 0x02;

  private RouteMessages() {}

  /** Asks for an interface by name; answered by a link message. */
  public static void findLink(ByteBuffer out, int sequence, String name) {
    link(out, GETLINK, REQUEST, sequence, 0, 0);
    var bytes = name.getBytes(StandardCharsets.US_ASCII);
    attribute(out, 3, bytes.length + 1);
    out.put(bytes).put((byte) 0);
    end(out);
  }

  /** Asks for an interface by index; answered by a link message. */
  public static void getLink(ByteBuffer out, int sequence, int index) {
    link(out, GETLINK, REQUEST, sequence, index, 0);
    end(out);
  }

  /** Sets the largest packet and the length of the queue. */
  public static void setSizes(ByteBuffer out, int sequence, int index, int mtu, int queueLength) {
    link(out, NEWLINK, (short) (REQUEST | ACK), sequence, index, 0);
    number(out, 4, mtu);
    number(out, 13, queueLength);
    end(out);
  }

  /** Asks the kernel not to make up a link-local IPv6 address. */
  public static void setNoLinkLocal(ByteBuffer out, int sequence, int index) {
    link(out, NEWLINK, (short) (REQUEST | ACK), sequence, index, 0);
    int specification = out.position();
    attribute(out, 26 | NESTED, 0);
    int family = out.position();
    attribute(out, AF_INET6 | NESTED, 0);
    attribute(out, 8, 1);
    out.put((byte) 1);
    align(out);
    out.putShort(family, (short) (out.position() - family));
    out.putShort(specification, (short) (out.position() - specification));
    end(out);
  }

  /** Sets the interface up. */
  public static void setUp(ByteBuffer out, int sequence, int index) {
    link(out, NEWLINK, (short) (REQUEST | ACK), sequence, index, IFF_UP);
    end(out);
  }

  /** Gives the interface an address, and with it the route to the network of that prefix. */
  public static void addAddress(
      ByteBuffer out, int sequence, int index, IpAddress address, int prefixLength) {
    begin(out, NEWADDR, (short) (REQUEST | ACK | CREATE | REPLACE), sequence);
    out.put(address.isV4() ? AF_INET : AF_INET6);
    out.put((byte) prefixLength);
    out.put(address.isV4() ? 0 : NO_DUPLICATE_DETECTION);
    out.put((byte) 0);
    out.putInt(index);
    var bytes = address.bytes();
    for (int type = 1; type <= 2; type++) {
      attribute(out, type, bytes.length);
      out.put(bytes);
      align(out);
    }
    end(out);
  }

  /** Asks where packets to an address go; answered by a route message. */
  public static void findRoute(ByteBuffer out, int sequence, IpAddress to) {
    begin(out, GETROUTE, REQUEST, sequence);
    out.put(to.isV4() ? AF_INET : AF_INET6).put((byte) to.bits());
    out.putShort((short) 0).putInt(0).putInt(0);
    var bytes = to.bytes();
    attribute(out, 1, bytes.length);
    out.put(bytes);
    end(out);
  }

  private static void link(
      ByteBuffer out, short type, short flags, int sequence, int index, int up) {
    begin(out, type, flags, sequence);
    out.put((byte) 0).put((byte) 0).putShort((short) 0);
    out.putInt(index).putInt(up).putInt(up);
  }

  private static void begin(ByteBuffer out, short type, short flags, int sequence) {
    out.clear();
    out.putInt(0).putShort(type).putShort(flags).putInt(sequence).putInt(0);
  }

  private static void number(ByteBuffer out, int type, int value) {
    attribute(out, type, 4);
    out.putInt(value);
  }

  private static void attribute(ByteBuffer out, int type, int length) {
    out.putShort((short) (4 + length)).putShort((short) type);
  }

  private static void align(ByteBuffer out) {
    while ((out.position() & 3) != 0) {
      out.put((byte) 0);
    }
  }

  private static void end(ByteBuffer out) {
    align(out);
    out.putInt(0, out.position());
    out.flip();
  }
}
