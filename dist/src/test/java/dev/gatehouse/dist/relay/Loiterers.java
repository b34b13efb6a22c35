package dev.gatehouse.dist.relay;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that opens many connections and does next to nothing with them: nothing at all, a part
 * of a STUN message, a part of a TLS handshake, one byte now and then. It prints how many stayed
 * open, once a second.
 *
 * <p>Arguments: the relay's address, port, how many connections, the first two numbers of the
 * network they come from.
 */
final class Loiterers {

  private Loiterers() {}

  public static void main(String[] arguments) throws IOException {
    var target =
        new InetSocketAddress(InetAddress.ofLiteral(arguments[0]), Integer.parseInt(arguments[1]));
    int number = Integer.parseInt(arguments[2]);
    var beginnings =
        new byte[][] {
          {},
          {0, 3, 0, 8, 0x21, 0x12},
          {0x16, 3, 1, 2, 0, 1, 0},
          {0x40, 0, (byte) 0xff, (byte) 0xff}
        };
    var open = new ArrayList<SocketChannel>();
    for (int i = 0; i < number; i++) {
      var channel = SocketChannel.open();
      channel.bind(
          new InetSocketAddress(
              InetAddress.ofLiteral(arguments[3] + "." + i / 20 % 250 + "." + (1 + i % 20)), 0));
      channel.connect(target);
      channel.configureBlocking(false);
      try {
        channel.write(ByteBuffer.wrap(beginnings[i % beginnings.length]));
      } catch (IOException e) {
        // shown the door already
      }
      open.add(channel);
    }
    System.out.println("all were connected: " + number);
    while (!open.isEmpty()) {
      open.removeIf(Loiterers::isGone);
      System.out.println("still open: " + open.size());
      LockSupport.parkNanos(500_000_000);
    }
    System.out.println("all were shown the door");
  }

  private static boolean isGone(SocketChannel channel) {
    try {
      if (channel.read(ByteBuffer.allocate(64)) < 0) {
        channel.close();
        return true;
      }
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
