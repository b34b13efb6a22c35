package dev.gatehouse.bench.handshake;

import dev.gatehouse.api.model.Endpoint;
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

/**
 * A program that shakes hands with a gateway as many clients would. Arguments: the gateway's
 * endpoint, its public key; on standard input one private key a line, then an empty line. After
 * that, each line is a number of seconds to work for, answered with how many handshakes were
 * completed.
 */
public final class Callers {

  /** What one peer may do: a gateway answers an initiation every 20 ms. */
  private static final long GAP = 25_000_000L;

  private static final long PATIENCE = 1_000_000_000L;

  /** How many wait for an answer at a time; fewer than make any gateway ask for cookies. */
  private static final int OUTSTANDING = 16;

  private final Endpoint target;
  private final DatagramChannel channel;
  private final List<Caller> callers = new ArrayList<>();
  private final Map<Integer, Caller> byIndex = new HashMap<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(2048).order(ByteOrder.LITTLE_ENDIAN);
  private final long origin = System.nanoTime() - PATIENCE;
  private int next;

  private Callers(Endpoint target) throws IOException {
    this.target = target;
    channel = DatagramChannel.open();
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20);
    channel.configureBlocking(false);
    channel.connect(new InetSocketAddress(target.address().toString(), target.port()));
  }

  /** The program. */
  public static void main(String[] arguments) throws IOException {
    var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    var callers = new Callers(Endpoint.parse(arguments[0]));
    var key = PublicKey.parse(arguments[1]);
    var pool = new SlabPool(8, SlabPool.DEFAULT_SLAB_BYTES);
    var random = new SecureRandom();
    for (var line = input.readLine(); line != null && !line.isEmpty(); line = input.readLine()) {
      callers.add(Base64.getDecoder().decode(line), key, pool, random);
    }
    System.out.println("ready");
    for (var line = input.readLine(); line != null; line = input.readLine()) {
      System.out.println("completed " + callers.work(Integer.parseInt(line)));
    }
  }

  private void add(byte[] privateKey, PublicKey key, SlabPool pool, SecureRandom random) {
    var self = new Caller[1];
    self[0] = new Caller(privateKey, key, target, pool, random, datagram -> send(datagram, self));
    callers.add(self[0]);
  }

  private void send(MemorySegment datagram, Caller[] self) {
    var bytes = datagram.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.get(0) == 1) {
      byIndex.put(bytes.getInt(4), self[0]);
    }
    try {
      channel.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long work(int seconds) throws IOException {
    long before = callers.stream().mapToLong(Caller::handshakes).sum();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (System.nanoTime() < end) {
      receive();
      long now = System.nanoTime() - origin;
      int waiting = 0;
      for (var caller : callers) {
        waiting += caller.isWaiting() && !caller.isIdle(now, GAP, PATIENCE) ? 1 : 0;
      }
      for (int i = 0; i < callers.size() && waiting < OUTSTANDING; i++) {
        var caller = callers.get(next++ % callers.size());
        if (caller.isIdle(now, GAP, PATIENCE)) {
          caller.call(now);
          waiting++;
        }
      }
      Thread.onSpinWait();
    }
    return callers.stream().mapToLong(Caller::handshakes).sum() - before;
  }

  private void receive() throws IOException {
    buffer.clear();
    while (channel.read(buffer) > 0) {
      buffer.flip();
      int index = buffer.get(0) == 2 ? buffer.getInt(8) : buffer.getInt(4);
      var caller = buffer.get(0) == 2 ? byIndex.remove(index) : byIndex.get(index);
      if (caller != null) {
        caller.receive(MemorySegment.ofBuffer(buffer), System.nanoTime() - origin);
      }
      buffer.clear();
    }
  }
}
