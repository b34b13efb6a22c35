package dev.gatehouse.dist.faults;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/**
 * Asks a name server for the IPv4 addresses of {@code PREFIX0.acme.internal} and so on: {@code
 * SERVER COUNT PREFIX SECONDS}. Prints {@code codes {0=…, 2=…}}, the numbers of answers by response
 * code within the time, and {@code address …}, the first one it got.
 */
final class Questions {

  private static final int AT_ONCE = 32;

  private Questions() {}

  public static void main(String[] arguments) throws IOException {
    var server = new InetSocketAddress(InetAddress.ofLiteral(arguments[0]), 53);
    int count = Integer.parseInt(arguments[1]);
    long end = System.nanoTime() + Long.parseLong(arguments[3]) * 1_000_000_000L;
    var codes = new TreeMap<Integer, Integer>();
    String address = "none";
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(100);
      int asked = 0;
      int answered = 0;
      while (answered < count && System.nanoTime() < end) {
        for (int i = 0; i < AT_ONCE && asked < count; i++) {
          var query = query(asked, arguments[2] + asked++);
          socket.send(new DatagramPacket(query, query.length, server));
        }
        try {
          while (true) {
            var packet = new DatagramPacket(new byte[2048], 2048);
            socket.receive(packet);
            answered++;
            var answer = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
            codes.merge(answer.get(3) & 15, 1, Integer::sum);
            if (answer.getShort(6) > 0 && address.equals("none")) {
              var last = new byte[4];
              answer.get(packet.getLength() - 4, last);
              address = InetAddress.getByAddress(last).getHostAddress();
            }
          }
        } catch (SocketTimeoutException e) {
          // The next ones, then.
        }
      }
    }
    System.out.println("codes " + codes);
    System.out.println("address " + address);
  }

  private static byte[] query(int id, String host) {
    var out = ByteBuffer.allocate(512);
    out.putShort((short) id).putShort((short) 0x0100).putShort((short) 1).put(new byte[6]);
    for (var label : (host + ".acme.internal").split("\\.", -1)) {
      out.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.put((byte) 0).putShort((short) 1).putShort((short) 1);
    var query = new byte[out.position()];
    out.flip().get(query);
    return query;
  }
}
