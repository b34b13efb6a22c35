package dev.gatehouse.relay.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.core.UdpPath;
import dev.gatehouse.testkit.Allocations;
import java.lang.foreign.Arena;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class AllocationTest {

  private long received;

  @Test
  void sendingAndReceivingTrainsAndDatagramsAllocatesNothing() {
    var libc = CLibrary.load();
    var calls = SocketCalls.of(libc);
    try (var from = UdpSocket.open(libc, here(), UdpSocket.Options.of(UdpConfig.defaults()), 0);
        var to = UdpSocket.open(libc, here(), UdpSocket.Options.of(UdpConfig.defaults()), 0);
        var arena = Arena.ofShared();
        var shard =
            new BareShard(batch -> {
              for (int i = 0; i < batch.size(); i++) {
                received += batch.packets(i);
              }
              batch.close();
            })) {
      var counters = new Counters();
      var receiver = new Receiver(calls, to, shard, counters, arena);
      var sender =
          new Sender(
              calls,
              new int[] {from.descriptor()},
              from.gso(),
              counters,
              socket -> {
                throw new AssertionError("the socket is full");
              },
              arena);
      var path = new UdpPath(to.local(), IpAddress.parse("127.0.0.1"), 1, 0);
      var rounds = new int[1];
      Runnable round =
          () -> {
            rounds[0]++;
            for (int i = 0; i < 1000; i++) {
              exchange(shard, sender, receiver, path);
            }
          };
      for (int i = 0; i < 20; i++) {
        round.run();
      }
      // A few bytes are the measurement's own and the compiler's.
      assertThat(Allocations.least(round, 8 * 1024)).isLessThan(8 * 1024);
      assertThat(received).isGreaterThanOrEqualTo(21 * 21 * 1000).isEqualTo(21L * 1000 * rounds[0]);
    }
  }

  private static Endpoint here() {
    return Endpoint.parse("127.0.0.1:0");
  }

  private static void exchange(BareShard shard, Sender sender, Receiver receiver, UdpPath path) {
    var batch = Objects.requireNonNull(shard.pool().tryAcquire());
    int at = batch.reserve(20 * 100);
    for (int i = 0; i < 20; i++) {
      Octets.u32le(batch.slab(), at + i * 100L, 4);
    }
    int train = batch.commit(at, 20 * 100);
    batch.segmentSize(train, 100);
    batch.ecn(train, 1);
    batch.path(train, path);
    int single = batch.reserve(32);
    Octets.u32le(batch.slab(), single, 4);
    batch.path(batch.commit(single, 32), path);
    sender.accept(batch);
    while (receiver.pump()) {}
  }
}
