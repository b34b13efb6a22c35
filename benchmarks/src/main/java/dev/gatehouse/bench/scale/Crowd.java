package dev.gatehouse.bench.scale;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.SlabPool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A program that is many clients of one gateway. Arguments: the gateway's endpoint, its public key,
 * the address packets go to; on standard input one private key and address a line, then an empty
 * line. After that, each line is a command: {@code connect}, {@code renew}, {@code idle SECONDS} or
 * {@code send MEMBERS BURSTS}; each is answered with a line.
 */
public final class Crowd {

  /**
   * How many packets go out at once: the gateway should be at work most of the time it is awake.
   */
  static final int BURST = 256;

  private static final long BETWEEN_BURSTS = 12_000_000L;
  private static final long PATIENCE = 2_000_000_000L;
  private static final int OUTSTANDING = 16;
  private static final int PAYLOAD = 100;

  private final Endpoint target;
  private final DatagramChannel channel;
  private final List<Member> members = new ArrayList<>();
  private final Map<Integer, Member> byIndex = new HashMap<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(2048).order(ByteOrder.LITTLE_ENDIAN);
  private final long origin = System.nanoTime() - PATIENCE;
  private int next;

  private Crowd(Endpoint target) throws IOException {
    this.target = target;
    channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 20);
    channel.configureBlocking(false);
    channel.connect(new InetSocketAddress(target.address().toString(), target.port()));
  }

  /** The program. */
  public static void main(String[] arguments) throws IOException {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    var crowd = new Crowd(Endpoint.parse(arguments[0]));
    var key = PublicKey.parse(arguments[1]);
    int to = (int) IpAddress.parse(arguments[2]).low();
    var pool = new SlabPool(8, SlabPool.DEFAULT_SLAB_BYTES);
    var random = new SecureRandom();
    for (var line = input.readLine(); line != null && !line.isEmpty(); line = input.readLine()) {
      var words = line.split(" ", -1);
      int address = (int) IpAddress.parse(words[1]).low();
      var self = new Member[1];
      self[0] =
          new Member(
              Base64.getDecoder().decode(words[0]),
              key,
              crowd.target,
              pool,
              random,
              address,
              to,
              datagram -> crowd.write(datagram, self));
      crowd.members.add(self[0]);
    }
    System.out.println("ready");
    for (var line = input.readLine(); line != null; line = input.readLine()) {
      var words = line.split(" ", -1);
      System.out.println(
          switch (words[0]) {
            case "connect" -> "connected " + crowd.connect();
            case "renew" -> "renewed " + crowd.renew();
            case "idle" -> "idled " + crowd.idle(Integer.parseInt(words[1]));
            case "send" ->
                "sent " + crowd.send(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            default -> "unknown " + words[0];
          });
    }
  }

  private long now() {
    return System.nanoTime() - origin;
  }

  private void write(MemorySegment datagram, Member[] self) {
    var bytes = datagram.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.get(0) == 1) {
      byIndex.put(bytes.getInt(4), self[0]);
    }
    try {
      while (channel.write(bytes) == 0) {
        Thread.onSpinWait();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void receive() throws IOException {
    buffer.clear();
    while (channel.read(buffer) > 0) {
      buffer.flip();
      int index = buffer.get(0) == 2 ? buffer.getInt(8) : buffer.getInt(4);
      var member = byIndex.get(index);
      if (member != null) {
        member.receive(MemorySegment.ofBuffer(buffer), now());
      }
      buffer.clear();
    }
  }

  /** Does what is due for everybody; looking at all of them takes a while, so not too often. */
  private void keepUp() throws IOException {
    receive();
    long now = now();
    members.forEach(member -> member.tick(now));
  }

  private long connect() throws IOException {
    long end = now() + 300_000_000_000L;
    int done = 0;
    while (done < members.size() && now() < end) {
      int last = Math.min(members.size(), done + OUTSTANDING);
      var few = members.subList(done, last);
      few.forEach(member -> member.connect(now()));
      long patience = now() + PATIENCE;
      while (!few.stream().allMatch(Member::isConnected) && now() < patience) {
        receive();
        Thread.onSpinWait();
      }
      done += few.stream().allMatch(Member::isConnected) ? few.size() : 0;
    }
    keepUp();
    return members.stream().filter(Member::isConnected).count();
  }

  private long renew() throws IOException {
    members.forEach(Member::expectAnother);
    return connect();
  }

  private long idle(int seconds) throws IOException {
    long end = now() + seconds * 1_000_000_000L;
    while (now() < end) {
      keepUp();
      LockSupport.parkNanos(20_000_000L);
    }
    return seconds;
  }

  private long send(int active, int bursts) throws IOException {
    long sent = 0;
    long due = System.nanoTime();
    for (int burst = 0; burst < bursts; burst++) {
      long now = now();
      for (int i = 0; i < BURST; i++) {
        // Growing lengths, so that nothing on the way makes one train of several packets.
        members.get(next++ % active).send(PAYLOAD + i % 64, now);
        sent++;
      }
      receive();
      if (burst % 64 == 63) {
        keepUp();
      }
      due += BETWEEN_BURSTS;
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(Math.max(1, due - System.nanoTime()));
      }
    }
    return sent;
  }
}
