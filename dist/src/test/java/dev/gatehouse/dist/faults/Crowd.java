package dev.gatehouse.dist.faults;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.packet.SlabPool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Many clients in one program. Arguments: the gateway's endpoint, its public key, and the address
 * to ping; on standard input a private key and an address a line, then an empty line. Each line
 * after that lets every client come, ping through its tunnel until it is answered, and go; answered
 * with {@code visited COUNT in MILLIS ms}.
 */
final class Crowd {

  /** How many are on their way at a time; fewer than make a gateway ask for cookies. */
  private static final int AT_ONCE = 16;

  /** After so long a client pings again; its tunnel repeats handshakes by itself, every 5 s. */
  private static final long AGAIN = 1_000_000_000L;

  private static final long GIVE_UP = 90_000_000_000L;

  private record Visit(CrowdMember who, long since, long pinged) {}

  private final DatagramChannel channel;
  private final List<CrowdMember> members = new ArrayList<>();
  private final Map<Integer, CrowdMember> byIndex = new HashMap<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(2048).order(ByteOrder.LITTLE_ENDIAN);
  private final long origin = System.nanoTime() - AGAIN;

  private Crowd(Endpoint target) throws IOException {
    channel = DatagramChannel.open();
    channel.configureBlocking(false);
    channel.connect(new InetSocketAddress(target.address().toString(), target.port()));
  }

  public static void main(String[] arguments) throws IOException {
    var target = Endpoint.parse(arguments[0]);
    var key = PublicKey.parse(arguments[1]);
    var crowd = new Crowd(target);
    var pool = new SlabPool(8, SlabPool.DEFAULT_SLAB_BYTES);
    var random = new SecureRandom();
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (var line = input.readLine(); line != null && !line.isEmpty(); line = input.readLine()) {
      var words = line.split(" ", -1);
      var self = new CrowdMember[1];
      self[0] =
          new CrowdMember(
              Base64.getDecoder().decode(words[0]),
              words[1],
              arguments[2],
              key,
              target,
              pool,
              random,
              datagram -> crowd.send(datagram, self[0]));
      crowd.members.add(self[0]);
    }
    System.out.println("crowd ready");
    while (input.readLine() != null) {
      crowd.visit();
    }
  }

  private void send(MemorySegment datagram, CrowdMember from) {
    var bytes = datagram.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    int type = bytes.get(0);
    if (type == 1 || type == 2) {
      byIndex.put(bytes.getInt(4), from);
    }
    try {
      channel.write(bytes);
    } catch (IOException e) {
      // The gateway is being started again, and its port is closed.
    }
  }

  private void visit() throws IOException {
    long started = now();
    byIndex.clear();
    var waiting = new ArrayDeque<>(members);
    var visiting = new ArrayDeque<Visit>();
    int done = 0;
    while (!waiting.isEmpty() || !visiting.isEmpty()) {
      while (visiting.size() < AT_ONCE && !waiting.isEmpty()) {
        var next = waiting.poll();
        next.come(now());
        visiting.add(new Visit(next, now(), now()));
      }
      receive();
      var visit = visiting.poll();
      long now = now();
      if (visit.who().isAnswered()) {
        done++;
      } else if (now - visit.since() > GIVE_UP) {
        System.out.println("a client gave up");
      } else {
        visit.who().tick(now);
        boolean again = now - visit.pinged() > AGAIN;
        if (again) {
          visit.who().ping(now);
        }
        visiting.add(new Visit(visit.who(), visit.since(), again ? now : visit.pinged()));
      }
    }
    System.out.println("visited " + done + " in " + (now() - started) / 1_000_000 + " ms");
  }

  private long now() {
    return System.nanoTime() - origin;
  }

  private void receive() {
    try {
      while (channel.read(buffer.clear()) > 0) {
        buffer.flip();
        int index = buffer.get(0) == 2 ? buffer.getInt(8) : buffer.getInt(4);
        var member = byIndex.get(index);
        if (member != null) {
          member.receive(MemorySegment.ofBuffer(buffer), now());
        }
      }
    } catch (PortUnreachableException e) {
      // As above.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
