package dev.gatehouse.relay.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.TestLibC;
import dev.gatehouse.relay.core.UdpPath;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kernel really answers; each test runs on a thread with a network of its own. */
@Tag("kernel")
@Timeout(300)
class UdpKernelTest {

  private static final int CLONE_NEWNET = 0x40000000;

  @BeforeEach
  void onlyAsRoot() {
    assumeTrue(TestLibC.INSTANCE.geteuid() == 0, "network namespaces need root");
  }

  private static void inOwnNetwork(Callable<Boolean> test) throws Exception {
    var task =
        new FutureTask<>(() -> {
          assertThat(TestLibC.INSTANCE.unshare(CLONE_NEWNET)).isZero();
          run("ip", "link", "set", "lo", "up");
          return test.call();
        });
    Thread.ofPlatform().start(task);
    assertThat(task.get(200, TimeUnit.SECONDS)).isTrue();
  }

  private static void run(String... command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command) + ": " + output).isZero();
  }

  /** A socket with its sender and receiver. */
  private static final class Station implements AutoCloseable {
    final UdpSocket socket;
    final Counters counters = new Counters();
    final List<PacketBatch> received = new ArrayList<>();
    final BareShard shard = new BareShard(received::add);
    final Receiver receiver;
    final Sender sender;

    Station(String listen) {
      var libc = CLibrary.load();
      var calls = SocketCalls.of(libc);
      socket =
          UdpSocket.open(
              libc, Endpoint.parse(listen), UdpSocket.Options.of(UdpConfig.defaults()), 0);
      receiver = new Receiver(calls, socket, shard, counters, Arena.ofAuto());
      sender =
          new Sender(
              calls,
              new int[] {socket.descriptor()},
              socket.gso(),
              counters,
              full -> {},
              Arena.ofAuto());
    }

    /** Asks now and then, for the kernel needs a moment for a new IPv6 address. */
    PacketBatch receive(Callable<Integer> asking) throws Exception {
      for (int i = 0; received.isEmpty(); i++) {
        assertThat(i).as("times asked").isLessThan(5_000_000);
        if (i % 50_000 == 0) {
          asking.call();
        }
        receiver.pump();
      }
      return received.removeFirst();
    }

    PacketBatch receive() {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (received.isEmpty()) {
        receiver.pump();
        assertThat(System.nanoTime() - end).as("time left").isNegative();
      }
      return received.removeFirst();
    }

    void sendTrain(UdpPath path, int count, int size) {
      var batch = Objects.requireNonNull(shard.pool().tryAcquire());
      int at = batch.reserve(count * size);
      for (int i = 0; i < count; i++) {
        Octets.u32le(batch.slab(), at + (long) i * size, 4);
        Octets.u32(batch.slab(), at + (long) i * size + 4, i);
      }
      int index = batch.commit(at, count * size);
      batch.segmentSize(index, size);
      batch.path(index, path);
      sender.accept(batch);
    }

    /** The numbers of the next datagrams. */
    List<Integer> numbers(int count) {
      var numbers = new ArrayList<Integer>();
      while (numbers.size() < count) {
        try (var batch = receive()) {
          for (int i = 0; i < batch.size(); i++) {
            int size = batch.segmentSize(i) == 0 ? batch.length(i) : batch.segmentSize(i);
            for (int at = 0; at < batch.length(i); at += size) {
              numbers.add(Octets.u32(batch.slab(), batch.offset(i) + at + 4));
            }
          }
        }
      }
      return numbers;
    }

    @Override
    public void close() {
      received.forEach(PacketBatch::close);
      assertThat(shard.pool().inFlight()).isZero();
      socket.close();
      shard.close();
    }
  }

  private static List<Integer> upTo(int count) {
    var numbers = new ArrayList<Integer>();
    for (int i = 0; i < count; i++) {
      numbers.add(i);
    }
    return numbers;
  }

  @Test
  void ipv6AnswerComesFromTheAddressThatWasAddressed() throws Exception {
    inOwnNetwork(() -> {
      run("ip", "addr", "add", "fd00:aa::1/128", "dev", "lo", "nodad");
      run("ip", "addr", "add", "fd00:aa::2/128", "dev", "lo", "nodad");
      try (var station = new Station("[::]:0");
          var client = DatagramChannel.open(StandardProtocolFamily.INET6)) {
        client.bind(new InetSocketAddress("fd00:aa::1", 0));
        for (var address : List.of("fd00:aa::2", "fd00:aa::1", "::1")) {
          var there = new InetSocketAddress(address, station.socket.local().port());
          var message = ByteBuffer.allocate(40);
          message.put(0, (byte) 1);
          station.sender.accept(station.receive(() -> client.send(message.rewind(), there)));
          assertThat(client.receive(ByteBuffer.allocate(100))).isEqualTo(there);
        }
        return true;
      }
    });
  }

  @Test
  void addressThatLeavesTheMachineIsReplaced() throws Exception {
    inOwnNetwork(() -> {
      run("ip", "addr", "add", "10.99.0.1/32", "dev", "lo");
      run("ip", "addr", "add", "fd00:aa::1/128", "dev", "lo", "nodad");
      try (var four = new Station("0.0.0.0:0");
          var six = new Station("[::]:0")) {
        var toFour =
            new UdpPath(
                new Endpoint(IpAddress.parse("127.0.0.1"), four.socket.local().port()),
                IpAddress.parse("10.99.0.1"),
                1,
                0);
        var toSix =
            new UdpPath(
                new Endpoint(IpAddress.parse("::1"), six.socket.local().port()),
                IpAddress.parse("fd00:aa::1"),
                1,
                0);
        four.sendTrain(toFour, 5, 100);
        six.sendTrain(toSix, 5, 100);
        try (var batch = four.receive()) {
          assertThat(Objects.requireNonNull(batch.path(0)).remote().address())
              .isEqualTo(toFour.local());
        }
        try (var batch = six.receive()) {
          assertThat(Objects.requireNonNull(batch.path(0)).remote().address())
              .isEqualTo(toSix.local());
        }
        run("ip", "addr", "del", "10.99.0.1/32", "dev", "lo");
        run("ip", "addr", "del", "fd00:aa::1/128", "dev", "lo");
        four.sendTrain(toFour, 5, 100);
        six.sendTrain(toSix, 5, 100);
        assertThat(four.numbers(5)).isEqualTo(upTo(5));
        assertThat(six.numbers(5)).isEqualTo(upTo(5));
        assertThat(four.sender.sendsTrains()).isTrue();
        assertThat(six.sender.sendsTrains()).isTrue();
        assertThat(four.counters.drops.total() + six.counters.drops.total()).isZero();
        return true;
      }
    });
  }

  @Test
  void trainWiderThanThePathArrivesInFragments() throws Exception {
    inOwnNetwork(() -> {
      run("ip", "link", "set", "lo", "mtu", "1280");
      try (var station = new Station("127.0.0.1:0")) {
        var path = new UdpPath(station.socket.local(), IpAddress.parse("127.0.0.1"), 1, 0);
        station.sendTrain(path, 20, 1452);
        assertThat(station.numbers(20)).isEqualTo(upTo(20));
        assertThat(station.sender.sendsTrains()).isTrue();
        assertThat(station.counters.drops.total()).isZero();
        return true;
      }
    });
  }

  @Test
  void longestTrainOfEachFamilyIsOneCall() throws Exception {
    inOwnNetwork(() -> {
      for (var listen : List.of("127.0.0.1:0", "[::1]:0")) {
        try (var station = new Station(listen)) {
          assumeTrue(station.socket.gso(), "the kernel cuts no trains");
          var path = new UdpPath(station.socket.local(), station.socket.local().address(), 1, 0);
          station.sendTrain(path, Sender.TRAIN_BYTES / 1452, 1452);
          station.sendTrain(path, Sender.TRAIN_DATAGRAMS, 64);
          assertThat(station.counters.of(Counters.Key.WRITES)).isEqualTo(2);
          assertThat(station.numbers(Sender.TRAIN_BYTES / 1452 + Sender.TRAIN_DATAGRAMS))
              .hasSize(Sender.TRAIN_BYTES / 1452 + Sender.TRAIN_DATAGRAMS);
        }
      }
      return true;
    });
  }

  @Test
  void nobodyListeningDoesNotDisturbTheSocket() throws Exception {
    inOwnNetwork(() -> {
      try (var station = new Station("127.0.0.1:0")) {
        var own = station.socket.local();
        var nobody =
            new UdpPath(new Endpoint(own.address(), 9), IpAddress.parse("127.0.0.1"), 1, 0);
        var path = new UdpPath(own, IpAddress.parse("127.0.0.1"), 1, 0);
        for (int i = 0; i < 10; i++) {
          station.sendTrain(nobody, 2, 100);
          station.sendTrain(path, 2, 100);
          assertThat(station.numbers(2)).isEqualTo(upTo(2));
        }
        assertThat(station.counters.drops.total()).isZero();
        return true;
      }
    });
  }
}
