package dev.gatehouse.bench.micro;

import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import dev.gatehouse.crypto.io.Engines;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One packet sealed or opened, and a train of them, per packet. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AeadBenchmark {

  private static final int TAG = 16;
  private static final int TRAIN = 44;
  private static final int ROOM = 64;
  private static final int HEADER = 16;
  private static final int LONGEST = 2048;

  /** By name, as in {@code [tunnel] aead}. */
  @Param({"openssl", "jdk", "bouncycastle"})
  public String engine = "";

  /** Bytes of plaintext. */
  @Param({"64", "1420"})
  public int length;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment plain = arena.allocate((long) TRAIN * LONGEST, 64);
  private final MemorySegment sealed = arena.allocate((long) TRAIN * LONGEST, 64);
  private final MemorySegment work = arena.allocate(LONGEST, 64);
  private @Nullable AeadEngine confined;
  private @Nullable AeadKey sealing;
  private @Nullable AeadKey opening;
  private long counter;

  /** Made by JMH. */
  public AeadBenchmark() {}

  /** Makes keys and one sealed packet. */
  @Setup
  public void makeKeys() {
    var chosen = Engines.named(engine).confined();
    confined = chosen;
    var key = new byte[32];
    key[3] = 7;
    sealing = chosen.sealingKey(key);
    opening = chosen.openingKey(key);
    sealing().seal(0, plain, ROOM, length, sealed, ROOM);
  }

  /** Overwrites the keys. */
  @TearDown
  public void close() {
    sealing().close();
    opening().close();
    Objects.requireNonNull(confined).close();
    arena.close();
  }

  private AeadKey sealing() {
    return Objects.requireNonNull(sealing);
  }

  private AeadKey opening() {
    return Objects.requireNonNull(opening);
  }

  /** Seals a packet into another place. */
  @Benchmark
  public void seal() {
    sealing().seal(++counter, plain, ROOM, length, work, ROOM + HEADER);
  }

  /** Opens a packet in place; copying it there is included. */
  @Benchmark
  public boolean open() {
    MemorySegment.copy(sealed, ROOM, work, ROOM + HEADER, length + TAG);
    return opening().open(0, work, ROOM + HEADER, length + TAG);
  }

  /** Seals packets that lie one behind the other, per packet. */
  @Benchmark
  @OperationsPerInvocation(TRAIN)
  public void sealTrain() {
    for (int i = 0; i < TRAIN; i++) {
      long from = ROOM + (long) i * length;
      long to = ROOM + HEADER + i * (length + 32L);
      sealing().seal(++counter, plain, from, length, sealed, to);
    }
  }
}
