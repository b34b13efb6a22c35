package dev.gatehouse.dist.faults;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;

/**
 * A transfer over UDP that a bad link cannot stop: whoever fetches asks for numbered blocks, a few
 * thousand at a time, and asks again for those that did not come. TCP takes every loss for
 * congestion, and would need hours where one packet in five is lost.
 *
 * <p>{@code serve ADDRESS PORT} answers, {@code fetch ADDRESS PORT BYTES} fetches and prints {@code
 * fetched BYTES in MILLIS ms}, or that a block was damaged.
 */
final class Blocks {

  private static final int BLOCK = 1200;
  private static final int REQUEST = 64;

  /** As much as is asked for at a time. */
  private static final int WINDOW = 6000;

  /** Longer than any way there and back; then a block or its request is taken for lost. */
  private static final long PATIENCE = 900_000_000L;

  private static final int BUFFER = 8 << 20;

  private Blocks() {}

  public static void main(String[] arguments) throws IOException {
    var address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
    if (arguments[0].equals("serve")) {
      serve(address);
    } else {
      fetch(address, Long.parseLong(arguments[3]));
    }
  }

  private static DatagramChannel channel() throws IOException {
    var channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
    return channel;
  }

  private static void serve(InetSocketAddress address) throws IOException {
    try (var channel = channel().bind(address)) {
      System.out.println("serving blocks");
      var request = ByteBuffer.allocate(2048);
      var block = ByteBuffer.allocate(Integer.BYTES + BLOCK);
      while (true) {
        SocketAddress from = channel.receive(request.clear());
        request.flip();
        while (request.remaining() >= Integer.BYTES) {
          int number = request.getInt();
          block.clear().putInt(number);
          Content.fill(block, (long) number * BLOCK);
          channel.send(block.flip(), from);
        }
      }
    }
  }

  private static void fetch(InetSocketAddress server, long bytes) throws IOException {
    int blocks = Math.toIntExact((bytes + BLOCK - 1) / BLOCK);
    var here = new BitSet(blocks);
    var asked = new long[blocks];
    int missing = blocks;
    int outstanding = 0;
    int next = 0;
    var buffer = ByteBuffer.allocate(2048);
    var request = ByteBuffer.allocate(REQUEST * Integer.BYTES);
    long started = System.nanoTime();
    try (var channel = channel()) {
      channel.configureBlocking(false);
      channel.connect(server);
      while (missing > 0) {
        boolean idle = true;
        while (channel.read(buffer.clear()) > 0) {
          idle = false;
          int number = buffer.flip().getInt();
          if (!Content.fits(buffer, (long) number * BLOCK)) {
            System.out.println("block " + number + " is damaged");
            return;
          }
          if (!here.get(number)) {
            here.set(number);
            missing--;
            outstanding -= asked[number] > 0 ? 1 : 0;
          }
        }
        long now = System.nanoTime() - started + 1;
        // One lap over what is missing, as far as the window allows.
        request.clear();
        for (int seen = 0; seen < 4 * REQUEST && request.hasRemaining(); seen++) {
          next = here.nextClearBit(next >= blocks ? 0 : next);
          if (next >= blocks) {
            next = here.nextClearBit(0);
            if (next >= blocks) {
              break;
            }
          }
          boolean expired = asked[next] > 0 && now - asked[next] > PATIENCE;
          if (asked[next] == 0 ? outstanding < WINDOW : expired) {
            outstanding += asked[next] == 0 ? 1 : 0;
            asked[next] = now;
            request.putInt(next);
          }
          next++;
        }
        if (request.position() > 0) {
          channel.write(request.flip());
        } else if (idle) {
          LockSupport.parkNanos(500_000);
        }
      }
    }
    long millis = (System.nanoTime() - started) / 1_000_000;
    System.out.println("fetched " + bytes + " in " + millis + " ms");
  }
}
