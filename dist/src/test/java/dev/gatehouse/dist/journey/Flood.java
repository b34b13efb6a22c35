package dev.gatehouse.dist.journey;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/**
 * A program that floods a gateway with handshake initiations which know its public key, as an
 * attacker would: every one costs the gateway at least the check of its mac1. They come from
 * addresses all over a network that is routed to this machine ({@code ip route add local
 * 10.66.0.0/16 dev lo}); what the gateway answers is counted. It prints one line a second, and one
 * at the end.
 *
 * <p>Arguments: the gateway's address and port, its public key, how many a second, for how many
 * seconds, the first two numbers of the network ({@code 10.66}).
 */
final class Flood {

  private static final int LENGTH = 148;
  private static final int MESSAGES = 2048;

  /** Sockets in use at a time; each is replaced after a few messages by one elsewhere. */
  private static final int SOCKETS = 256;

  private static final int MESSAGES_PER_SOCKET = 16;

  private final SplittableRandom random = new SplittableRandom(20261122);
  private final InetSocketAddress target;
  private final String network;
  private final ByteBuffer[] messages = new ByteBuffer[MESSAGES];
  private final DatagramChannel[] sockets = new DatagramChannel[SOCKETS];
  private final int[] used = new int[SOCKETS];
  private final ByteBuffer reply = ByteBuffer.allocateDirect(2048);
  private long sent;
  private long late;
  private long replies;
  private long repliedBytes;
  private int largest;

  private Flood(InetSocketAddress target, byte[] publicKey, String network) throws IOException {
    this.target = target;
    this.network = network;
    var mac1Key = new byte[32];
    var digest = new Blake2sDigest(256);
    digest.update("mac1----".getBytes(StandardCharsets.US_ASCII), 0, 8);
    digest.update(publicKey, 0, publicKey.length);
    digest.doFinal(mac1Key, 0);
    for (int i = 0; i < MESSAGES; i++) {
      messages[i] = message(mac1Key);
    }
    for (int i = 0; i < SOCKETS; i++) {
      sockets[i] = somewhere();
    }
  }

  /** Random bytes of an initiation's shape with the right mac1. */
  private ByteBuffer message(byte[] mac1Key) {
    var bytes = new byte[LENGTH];
    for (int i = 4; i < 116; i++) {
      bytes[i] = (byte) random.nextInt();
    }
    bytes[0] = 1;
    var mac = new Blake2sDigest(mac1Key, 16, null, null);
    mac.update(bytes, 0, 116);
    mac.doFinal(bytes, 116);
    return ByteBuffer.allocateDirect(LENGTH).put(bytes).flip();
  }

  private DatagramChannel somewhere() throws IOException {
    while (true) {
      var channel = DatagramChannel.open();
      channel.configureBlocking(false);
      try {
        int host = 1 + random.nextInt(65_534);
        var address = network + "." + (host >>> 8) + "." + (host & 255);
        channel.bind(
            new InetSocketAddress(InetAddress.ofLiteral(address), 1024 + random.nextInt(60_000)));
        return channel;
      } catch (IOException e) {
        channel.close(); // the port is taken there: elsewhere, then
      }
    }
  }

  private void run(int perSecond, int seconds) throws IOException {
    long begin = System.nanoTime();
    long end = begin + seconds * 1_000_000_000L;
    long report = begin + 1_000_000_000L;
    System.out.println("flood begins");
    for (long now = begin; now < end; now = System.nanoTime()) {
      long due = (long) ((now - begin) * (double) perSecond / 1e9);
      // What could not be sent in time is not made up for: that would be a burst.
      long most = Math.min(due - sent - late, perSecond / 50);
      late += Math.max(0, due - sent - late - most);
      for (long i = 0; i < most; i++) {
        send();
      }
      if (now >= report) {
        System.out.println("flood: " + state());
        report += 1_000_000_000L;
      }
      LockSupport.parkNanos(500_000);
    }
    for (int i = 0; i < SOCKETS; i++) {
      count(sockets[i]);
      sockets[i].close();
    }
    System.out.println("flood over: " + state());
  }

  private String state() {
    return "sent="
        + sent
        + " late="
        + late
        + " replies="
        + replies
        + " largest="
        + largest
        + " bytes="
        + repliedBytes;
  }

  private void send() throws IOException {
    int slot = (int) (sent % SOCKETS);
    if (++used[slot] > MESSAGES_PER_SOCKET) {
      used[slot] = 1;
      count(sockets[slot]);
      sockets[slot].close();
      sockets[slot] = somewhere();
    }
    var message = messages[random.nextInt(MESSAGES)];
    message.rewind();
    sockets[slot].send(message, target);
    sent++;
  }

  private void count(DatagramChannel socket) throws IOException {
    reply.clear();
    while (socket.receive(reply) != null) {
      replies++;
      repliedBytes += reply.position();
      largest = Math.max(largest, reply.position());
      reply.clear();
    }
  }

  public static void main(String[] arguments) throws IOException {
    var target =
        new InetSocketAddress(InetAddress.ofLiteral(arguments[0]), Integer.parseInt(arguments[1]));
    var flood = new Flood(target, Base64.getDecoder().decode(arguments[2]), arguments[5]);
    flood.run(Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]));
  }
}
