package dev.gatehouse.dist.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that floods a relay with Allocate requests that prove nothing, from addresses all over
 * a network that is routed to this machine. Every tenth claims a user and a wrong signature, every
 * tenth a nonce of its own invention.
 *
 * <p>Arguments: the relay's address and port, how many a second, for how many seconds, the first
 * two numbers of the network ({@code 10.66}).
 */
final class Flood {

  private static final int SOCKETS = 512;
  private static final int MESSAGES_PER_SOCKET = 64;

  /** More at once would overflow the queue of the cable, which is not what is tested. */
  private static final int AT_ONCE = 200;

  private Flood() {}

  public static void main(String[] arguments) throws IOException {
    var target =
        new InetSocketAddress(InetAddress.ofLiteral(arguments[0]), Integer.parseInt(arguments[1]));
    int perSecond = Integer.parseInt(arguments[2]);
    int seconds = Integer.parseInt(arguments[3]);
    var random = new SplittableRandom(6);
    var sockets = new DatagramChannel[SOCKETS];
    for (int i = 0; i < SOCKETS; i++) {
      sockets[i] = somewhere(arguments[4], random);
    }
    var kinds = new ByteBuffer[] {bare(random), claiming(random, false), claiming(random, true)};
    var answer = ByteBuffer.allocateDirect(2048);
    long sent = 0;
    long answers = 0;
    long begin = System.nanoTime();
    long end = begin + seconds * 1_000_000_000L;
    System.out.println("flood begins");
    for (long now = begin; now < end; now = System.nanoTime()) {
      long due = (long) ((now - begin) * (double) perSecond / 1e9);
      for (long most = Math.min(due - sent, AT_ONCE); most > 0; most--) {
        int slot = (int) (sent % SOCKETS);
        var message = kinds[sent % 10 == 0 ? 1 : sent % 10 == 5 ? 2 : 0];
        message.rewind();
        message.putLong(8, random.nextLong());
        sockets[slot].send(message, target);
        if (++sent / SOCKETS % MESSAGES_PER_SOCKET == 0) {
          while (sockets[slot].receive(answer.clear()) != null) {
            answers++;
          }
          sockets[slot].close();
          sockets[slot] = somewhere(arguments[4], random);
        }
      }
      if (due - sent < AT_ONCE) {
        LockSupport.parkNanos(100_000);
      }
    }
    System.out.println("flood over: sent=" + sent + " answers-seen=" + answers);
  }

  private static DatagramChannel somewhere(String network, SplittableRandom random)
      throws IOException {
    while (true) {
      var channel = DatagramChannel.open();
      channel.configureBlocking(false);
      try {
        int host = 1 + random.nextInt(65_534);
        channel.bind(
            new InetSocketAddress(
                InetAddress.ofLiteral(network + "." + (host >>> 8) + "." + (host & 255)),
                1024 + random.nextInt(60_000)));
        return channel;
      } catch (IOException e) {
        channel.close(); // the port is taken there: elsewhere, then
      }
    }
  }

  private static ByteBuffer bare(SplittableRandom random) {
    return message(random, new byte[0]);
  }

  /** USERNAME, REALM, perhaps a NONCE, and a MESSAGE-INTEGRITY of random bytes. */
  private static ByteBuffer claiming(SplittableRandom random, boolean withNonce) {
    var body = ByteBuffer.allocate(200);
    put(body, 0x0006, "4102444800:flood".getBytes(US_ASCII));
    put(body, 0x0014, "gatehouse".getBytes(US_ASCII));
    if (withNonce) {
      put(body, 0x0015, "0123456789abcdef01234567".getBytes(US_ASCII));
    }
    var mac = new byte[20];
    random.nextBytes(mac);
    put(body, 0x0008, mac);
    var bytes = new byte[body.position()];
    body.get(0, bytes);
    return message(random, bytes);
  }

  private static void put(ByteBuffer body, int type, byte[] value) {
    body.putShort((short) type).putShort((short) value.length).put(value);
    body.put(new byte[-value.length & 3]);
  }

  /** An Allocate request with REQUESTED-TRANSPORT in front. */
  private static ByteBuffer message(SplittableRandom random, byte[] rest) {
    var message = ByteBuffer.allocateDirect(28 + rest.length);
    message.putShort((short) 0x0003).putShort((short) (8 + rest.length)).putInt(0x2112a442);
    message.putLong(random.nextLong()).putInt(random.nextInt());
    message.putShort((short) 0x0019).putShort((short) 4).put(new byte[] {17, 0, 0, 0}).put(rest);
    return message.flip();
  }
}
