package dev.gatehouse.bench.micro;

import dev.gatehouse.api.packet.InternetChecksum;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.crypto.core.Cutting;
import dev.gatehouse.tun.linux.core.FlowPacket;
import dev.gatehouse.tun.linux.core.Run;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What is done with the bytes of packets beside sealing them, per packet. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PacketBenchmark {

  private static final int TRAIN = 44;
  private static final int PIECE = 1420 - MadeUpPackets.TCP_HEADERS;
  private static final int STRIDE = 1500;

  private final Arena arena = Arena.ofAuto();
  private final byte[] superPacket = MadeUpPackets.UP.tcp(1, TRAIN * PIECE);
  private final MemorySegment template = copy(superPacket);
  private final MemorySegment slab = arena.allocate(superPacket.length + 64L, 64);
  private final MemorySegment pieces = arena.allocate((long) TRAIN * STRIDE, 64);
  private final MemorySegment header = arena.allocate(64, 8);
  private final Cutting cutting = new Cutting();
  private final FlowPacket packet = new FlowPacket(true);
  private final Run run = new Run();

  /** Made by JMH. */
  public PacketBenchmark() {
    for (int i = 0; i < TRAIN; i++) {
      var bytes = MadeUpPackets.DOWN.tcp(1 + i * PIECE, PIECE);
      MemorySegment.copy(MemorySegment.ofArray(bytes), 0, pieces, (long) i * STRIDE, bytes.length);
    }
  }

  private MemorySegment copy(byte[] bytes) {
    return arena.allocate(bytes.length, 64).copyFrom(MemorySegment.ofArray(bytes));
  }

  /** The checksum over 1420 bytes. */
  @Benchmark
  public int checksum1420() {
    return InternetChecksum.finish(InternetChecksum.add(0, pieces, 0, 1420));
  }

  /** The checksum over an IPv4 header. */
  @Benchmark
  public int checksum20() {
    return InternetChecksum.finish(InternetChecksum.add(0, pieces, 0, 20));
  }

  /** A super-packet of 44 cut into packets with checksums; copying it there is included. */
  @Benchmark
  @OperationsPerInvocation(TRAIN)
  public int cut() {
    MemorySegment.copy(template, 0, slab, 0, superPacket.length);
    return cutting.cut(slab, 0, superPacket.length, PIECE);
  }

  /** 44 packets recognised, verified and joined to a super-packet. */
  @Benchmark
  @OperationsPerInvocation(TRAIN)
  public int join() {
    for (int i = 0; i < TRAIN; i++) {
      packet.look(pieces, i * STRIDE, 1420);
      if (i == 0) {
        run.begin(packet);
      } else if (!run.isSameFlow(packet) || !run.append(packet)) {
        throw new IllegalStateException("the packets do not fit together");
      }
    }
    run.seal(header, 0);
    run.unseal();
    int total = run.total();
    run.clear();
    return total;
  }
}
