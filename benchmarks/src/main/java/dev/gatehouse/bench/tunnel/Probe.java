package dev.gatehouse.bench.tunnel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * A UDP load generator and its counterpart, each a program of its own in its namespace. iperf3 is
 * not used for UDP: what it reports as lost at high rates is often not.
 *
 * <p>Datagram: kind (1 byte), unused (3), run (int), sequence (long), then padding.
 */
public final class Probe {

  static final int PORT = 9990;

  private static final byte COUNT = 1;
  private static final byte ECHO = 2;
  private static final byte REPORT = 3;
  private static final double TOLERATED_LOSS = 0.005;
  private static final long TICK = 250_000;
  private static final int SOCKET_BUFFER = 4 << 20;

  private Probe() {}

  /**
   * {@code serve ADDRESS}, {@code search ADDRESS PAYLOAD STEP-MILLIS}, the same with {@code
   * search-trains}, which gives the kernel many datagrams in one piece, or {@code rr ADDRESS
   * MILLIS}. The last two print one line of numbers.
   */
  public static void main(String[] arguments) throws IOException {
    switch (arguments[0]) {
      case "serve" -> serve(arguments[1]);
      case "search", "search-trains" ->
          System.out.printf(
              Locale.ROOT,
              "%.0f%n",
              search(
                  arguments[1],
                  Integer.parseInt(arguments[2]),
                  Integer.parseInt(arguments[3]),
                  arguments[0].equals("search-trains")));
      case "rr" -> {
        var times = roundTrips(arguments[1], Integer.parseInt(arguments[2]));
        System.out.printf(
            Locale.ROOT,
            "%.1f %.1f %d%n",
            percentile(times, 0.50) / 1e3,
            percentile(times, 0.99) / 1e3,
            times.length);
      }
      default ->
          throw new IllegalArgumentException(
              "serve, search, search-trains or rr, not " + arguments[0]);
    }
  }

  private static void serve(String address) throws IOException {
    try (var socket = FastSocket.bound(new InetSocketAddress(address, PORT))) {
      System.out.println("serving");
      var counts = new HashMap<Integer, long[]>();
      int lastRun = 0;
      var last = new long[1];
      while (true) {
        int messages = socket.receive();
        for (int i = 0; i < messages; i++) {
          var message = socket.message(i);
          if (message.remaining() < 16) {
            continue;
          }
          int run = message.getInt(4);
          switch (message.get(0)) {
            case COUNT -> {
              if (run != lastRun) {
                last = counts.computeIfAbsent(run, any -> new long[1]);
                lastRun = run;
              }
              last[0] += socket.datagrams(i);
            }
            case ECHO -> socket.answer(i);
            case REPORT -> {
              message.putLong(8, counts.getOrDefault(run, new long[1])[0]);
              socket.answer(i);
            }
            default -> {
              // Not ours.
            }
          }
        }
      }
    }
  }

  /** The highest rate whose loss is tolerated: doubling until it is not, then halving between. */
  private static double search(String address, int payload, int stepMillis, boolean trains)
      throws IOException {
    try (var channel = connected(address)) {
      double good = 0;
      double bad = 0;
      double offered = 20_000;
      for (int step = 0; step < 12; step++) {
        var result = tryRate(channel, payload, offered, stepMillis, trains);
        // A generator that cannot offer more has found its own bound.
        boolean exhausted = result.sentRate() < offered * 0.95;
        if (result.loss() <= TOLERATED_LOSS) {
          good = Math.max(good, result.sentRate());
          if (exhausted) {
            break;
          }
        } else {
          bad = bad == 0 ? offered : Math.min(bad, offered);
        }
        offered = bad == 0 ? offered * 2 : (good == 0 ? bad / 4 : (good + bad) / 2);
        if (bad != 0 && good != 0 && bad / good < 1.06) {
          break;
        }
      }
      return good;
    }
  }

  private record Tried(double sentRate, double loss) {}

  private static Tried tryRate(
      DatagramChannel channel, int payload, double rate, int millis, boolean trains)
      throws IOException {
    int run = (int) System.nanoTime() | 1;
    var packet = new byte[payload];
    ByteBuffer.wrap(packet).put(0, COUNT).putInt(4, run);
    long sent;
    double seconds;
    var to = (InetSocketAddress) channel.getRemoteAddress();
    try (var socket = FastSocket.connected(to, packet, trains)) {
      long started = System.nanoTime();
      sent = send(socket, rate, started, millis);
      seconds = (System.nanoTime() - started) / 1e9;
    }
    LockSupport.parkNanos(200_000_000);
    long received = ask(channel, run);
    return new Tried(sent / seconds, sent == 0 ? 1 : Math.max(0, 1 - (double) received / sent));
  }

  private static long send(FastSocket socket, double rate, long started, int millis) {
    long until = started + millis * 1_000_000L;
    long sent = 0;
    long now = started;
    while (now < until) {
      // Not more than a few ticks are made up for, so that a pause does not become a burst.
      long due = (long) ((now - started) * rate / 1e9);
      sent += socket.send(Math.min(due - sent, (long) (rate * 4 * TICK / 1e9) + 1));
      long rest = now + TICK - System.nanoTime();
      if (rest > 0) {
        LockSupport.parkNanos(rest);
      }
      now = System.nanoTime();
    }
    return sent;
  }

  private static long ask(DatagramChannel channel, int run) throws IOException {
    var packet = ByteBuffer.allocateDirect(16);
    try (var selector = Selector.open()) {
      channel.configureBlocking(false);
      var key = channel.register(selector, java.nio.channels.SelectionKey.OP_READ);
      try {
        for (int attempt = 0; attempt < 20; attempt++) {
          packet.clear().put(0, REPORT).putInt(4, run);
          channel.write(packet);
          selector.select(200);
          selector.selectedKeys().clear();
          packet.clear();
          while (channel.read(packet) > 0) {
            if (packet.position() == 16 && packet.getInt(4) == run) {
              return packet.getLong(8);
            }
            packet.clear();
          }
        }
      } finally {
        key.cancel();
        selector.selectNow();
        channel.configureBlocking(true);
      }
    }
    throw new IOException("the other end of the tunnel does not report what it received");
  }

  private static long[] roundTrips(String address, int millis) throws IOException {
    try (var channel = connected(address);
        var selector = Selector.open()) {
      channel.configureBlocking(false);
      channel.register(selector, java.nio.channels.SelectionKey.OP_READ);
      var packet = ByteBuffer.allocateDirect(64);
      var times = new long[1 << 20];
      int count = 0;
      long sequence = 0;
      // The first half second warms this program and is not counted.
      long counted = System.nanoTime() + 500_000_000;
      long until = counted + millis * 1_000_000L;
      while (System.nanoTime() < until && count < times.length) {
        packet.clear().put(0, ECHO).putLong(8, ++sequence);
        long started = System.nanoTime();
        channel.write(packet);
        if (await(channel, selector, packet, sequence) && started >= counted) {
          times[count++] = System.nanoTime() - started;
        }
      }
      return Arrays.stream(times, 0, count).sorted().toArray();
    }
  }

  private static boolean await(
      DatagramChannel channel, Selector selector, ByteBuffer packet, long sequence)
      throws IOException {
    long giveUp = System.nanoTime() + 500_000_000;
    while (System.nanoTime() < giveUp) {
      selector.select(100);
      selector.selectedKeys().clear();
      packet.clear();
      while (channel.read(packet) > 0) {
        if (packet.getLong(8) == sequence) {
          return true;
        }
        packet.clear();
      }
    }
    return false;
  }

  private static double percentile(long[] sorted, double share) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1L, Math.round(share * sorted.length))];
  }

  private static DatagramChannel connected(String address) {
    try {
      var channel = DatagramChannel.open();
      channel.setOption(java.net.StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER);
      channel.connect(new InetSocketAddress(address, PORT));
      return channel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
