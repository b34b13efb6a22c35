package dev.gatehouse.bench.relay;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What is done to a relay. */
final class Load {

  private static final int CHANNEL = 0x4000;
  private static final int LONGEST_TRAIN = 64_000;

  /** Datagrams under way at most, so that nothing overflows and what is sent is what arrives. */
  private static final int WINDOW = 4096;

  private static final AtomicInteger ADDRESSES = new AtomicInteger();

  private static final long STUCK_NANOS = 20_000_000;

  /**
   * What came of a load.
   *
   * @param datagrams per second, at the far end
   * @param gigabits of payload per second, at the far end
   * @param perProcessorSecond datagrams per second of processor the relay used
   * @param gigabitsPerProcessorSecond payload likewise
   */
  record Throughput(
      double datagrams,
      double gigabits,
      double perProcessorSecond,
      double gigabitsPerProcessorSecond) {}

  private final Server server;
  private final SplittableRandom random;
  private final String user = System.currentTimeMillis() / 1000 + 86_400 + ":bench";

  Load(Server server, long seed) {
    this.server = server;
    this.random = new SplittableRandom(seed);
  }

  /** An address nobody has had before: 127.x.y.z, any port. */
  private static InetSocketAddress own() {
    int number = ADDRESSES.getAndIncrement();
    return new InetSocketAddress(
        InetAddress.ofLiteral(
            "127.%d.%d.%d".formatted(1 + number / 60_000, number / 240 % 250, 1 + number % 240)),
        0);
  }

  private Dialog dialog(Dialog.Wire wire) {
    return new Dialog(wire, random.split(), user, Server.SECRET);
  }

  /**
   * From clients to a peer, each client on a channel of its own allocation.
   *
   * @param trains whether a client sends as many datagrams at once as the system cuts
   */
  Throughput up(int flows, int size, boolean trains, double warmUp, double seconds)
      throws Exception {
    try (var sink = new RawSocket(own(), server.address(), true)) {
      var clients = new ArrayList<RawSocket>();
      var dialogs = new ArrayList<Dialog>();
      try {
        for (int i = 0; i < flows; i++) {
          var client = new RawSocket(own(), server.address(), false);
          clients.add(client);
          var dialog = dialog(client);
          dialogs.add(dialog);
          dialog.allocate();
          dialog.bind(CHANNEL, sink.local());
        }
        int segment = 4 + size;
        int count = trains ? Math.min(60, LONGEST_TRAIN / segment) : 1;
        for (var client : clients) {
          for (int i = 0; i < count; i++) {
            client.out.set(
                ValueLayout.JAVA_INT_UNALIGNED,
                (long) i * segment,
                Integer.reverseBytes(CHANNEL << 16 | size));
          }
        }
        var result = run(clients, sink, count, segment, 0, warmUp, seconds);
        for (var dialog : dialogs) {
          dialog.free();
        }
        return result;
      } finally {
        clients.forEach(RawSocket::close);
      }
    }
  }

  /** From one peer to one client. */
  Throughput down(int size, boolean trains, double warmUp, double seconds) throws Exception {
    try (var client = new RawSocket(own(), server.address(), true);
        var peer = new RawSocket(own(), server.address(), false)) {
      var dialog = dialog(client);
      var relayed = dialog.allocate();
      dialog.bind(CHANNEL, peer.local());
      peer.to(relayed);
      int count = trains ? Math.min(60, LONGEST_TRAIN / size) : 1;
      var result = run(List.of(peer), client, count, size, 4, warmUp, seconds);
      dialog.free();
      return result;
    }
  }

  private Throughput run(
      List<RawSocket> senders,
      RawSocket sink,
      int count,
      int segment,
      int header,
      double warmUp,
      double seconds)
      throws Exception {
    var sent = new AtomicLong();
    var received = new AtomicLong();
    var receivedBytes = new AtomicLong();
    var ended = new AtomicLong();
    var reader =
        Thread.ofPlatform()
            .start(() -> {
              while (ended.get() == 0) {
                long read = sink.receive();
                receivedBytes.setRelease(receivedBytes.getPlain() + (read >>> 24));
                received.setRelease(received.getPlain() + (read & 0xff_ffff));
              }
            });
    var writer =
        Thread.ofPlatform().start(() -> write(senders, count, segment, sent, received, ended));
    LockSupport.parkNanos((long) (warmUp * 1e9));
    long fromNanos = System.nanoTime();
    long datagrams = received.get();
    long bytes = receivedBytes.get();
    double processor = server.processorSeconds();
    pause(seconds);
    double took = (System.nanoTime() - fromNanos) / 1e9;
    datagrams = received.get() - datagrams;
    bytes = receivedBytes.get() - bytes - datagrams * header;
    processor = server.processorSeconds() - processor;
    ended.set(1);
    writer.join();
    reader.join();
    double bits = bytes * 8 / 1e9;
    return new Throughput(datagrams / took, bits / took, datagrams / processor, bits / processor);
  }

  private static void pause(double seconds) {
    long until = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < until) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  private static void write(
      List<RawSocket> senders,
      int count,
      int segment,
      AtomicLong sent,
      AtomicLong received,
      AtomicLong ended) {
    int next = 0;
    long progress = received.get();
    long since = System.nanoTime();
    while (ended.get() == 0) {
      long arrived = received.getAcquire();
      if (sent.getPlain() - arrived + count <= WINDOW) {
        senders.get(next).send(count * segment, segment);
        next = next + 1 == senders.size() ? 0 : next + 1;
        sent.setPlain(sent.getPlain() + count);
      } else if (arrived != progress) {
        progress = arrived;
        since = System.nanoTime();
        LockSupport.parkNanos(1); // the far end shares this processor
      } else if (System.nanoTime() - since > STUCK_NANOS) {
        sent.setPlain(arrived); // something was lost; go on
        since = System.nanoTime();
      } else {
        LockSupport.parkNanos(1); // the far end shares this processor
      }
    }
  }

  /** Round trips in microseconds, sorted: by the relay, or from client to peer without it. */
  double[] roundTrips(int size, int rounds, boolean relayed) throws Exception {
    try (var client = new RawSocket(own(), server.address(), false);
        var peer = new RawSocket(own(), server.address(), false)) {
      var dialog = dialog(client);
      if (relayed) {
        var place = dialog.allocate();
        dialog.bind(CHANNEL, peer.local());
        client.to(server.address());
        client.out.set(
            ValueLayout.JAVA_INT_UNALIGNED, 0, Integer.reverseBytes(CHANNEL << 16 | size));
        peer.to(place);
      } else {
        client.to(peer.local());
        peer.to(client.local());
      }
      int length = size + (relayed ? 4 : 0);
      var ended = new AtomicLong();
      var echo =
          Thread.ofPlatform()
              .start(() -> {
                while (ended.get() == 0) {
                  if (peer.receive() != 0) {
                    peer.send(size, size);
                  }
                }
              });
      var took = new double[rounds];
      for (int i = -rounds / 4; i < rounds; i++) {
        long before = System.nanoTime();
        client.send(length, length);
        if (client.receive() == 0) {
          i--; // lost, or very late; not a round trip
        } else if (i >= 0) {
          took[i] = (System.nanoTime() - before) / 1e3;
        }
      }
      ended.set(1);
      echo.join();
      if (relayed) {
        dialog.free();
      }
      Arrays.sort(took);
      return took;
    }
  }

  /**
   * What came of making allocations.
   *
   * @param perSecond made per second
   * @param perProcessorSecond made per second of processor the relay used
   * @param mebibytes resident memory of the relay with all of them
   */
  record Allocations(double perSecond, double perProcessorSecond, double mebibytes) {}

  /** Makes allocations, each from a port of its own, and keeps them until the end. */
  Allocations allocations(int number, int atOnce) throws Exception {
    var sockets = new ArrayList<DatagramSocket>();
    var limit = new Semaphore(atOnce);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < number; i++) {
        sockets.add(new DatagramSocket(own()));
      }
      double processor = server.processorSeconds();
      long from = System.nanoTime();
      var made = new ArrayList<Future<InetSocketAddress>>();
      for (var socket : sockets) {
        var dialog = dialog(request -> exchange(socket, request));
        made.add(
            threads.submit(() -> {
              limit.acquire();
              try {
                return dialog.allocate();
              } finally {
                limit.release();
              }
            }));
      }
      for (var one : made) {
        try {
          one.get();
        } catch (ExecutionException e) {
          throw new IOException(server.label() + " refused an allocation", e.getCause());
        }
      }
      double took = (System.nanoTime() - from) / 1e9;
      processor = server.processorSeconds() - processor;
      return new Allocations(number / took, number / processor, server.residentMebibytes());
    } finally {
      sockets.forEach(DatagramSocket::close);
    }
  }

  private byte[] exchange(DatagramSocket socket, byte[] request) throws IOException {
    socket.setSoTimeout(1000);
    var packet = new DatagramPacket(new byte[1500], 1500);
    for (int i = 0; i < 10; i++) {
      socket.send(new DatagramPacket(request, request.length, server.address()));
      try {
        socket.receive(packet);
        return Arrays.copyOf(packet.getData(), packet.getLength());
      } catch (SocketTimeoutException e) {
        // once more
      }
    }
    throw new IOException(server.label() + " does not answer");
  }
}
