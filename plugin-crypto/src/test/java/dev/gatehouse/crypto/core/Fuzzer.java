package dev.gatehouse.crypto.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Feeds a parser with inputs made from good and bad examples. What the parser made of an input
 * tells whether it was worth keeping: one that led to something new is changed further.
 *
 * <p>The examples are in {@code corpus/<name>.txt}, one input in hexadecimal a line, and are all
 * tried first. {@code -Dgatehouse.fuzz=n} sets how many more follow, {@code -Dgatehouse.seed=n}
 * which; {@code -Dgatehouse.fuzz.keep=directory} adds those that led to something new to the files
 * in that directory.
 */
public final class Fuzzer {

  /** What is tested. */
  @FunctionalInterface
  public interface Target {

    /**
     * Takes an input and fails if it should not have been taken so.
     *
     * @return what became of it, in few words that differ from input to input where it matters
     */
    String take(byte[] input) throws Exception;
  }

  private static final long SEED = Long.getLong("gatehouse.seed", 4L);
  private static final int[] INTERESTING = {
    0, 1, 2, 3, 4, 15, 16, 17, 31, 32, 33, 63, 64, 127, 128, 255, 256, 1420, 0x7fff, 0x8000, 0xffff
  };

  private final String name;
  private final Random random = new Random(SEED);
  private final List<byte[]> inputs = new ArrayList<>();
  private final Set<String> outcomes = new HashSet<>();
  private final UnaryOperator<byte[]> repair;

  /**
   * A fuzzer with the examples of a file.
   *
   * @param name of the file, and for messages
   * @param repair puts right what would keep a changed input from getting deeper, such as a MAC;
   *     used for every other one
   */
  public Fuzzer(String name, UnaryOperator<byte[]> repair) {
    this.name = name;
    this.repair = repair;
    for (var line : Vectors.corpus(name)) {
      inputs.add(HexFormat.of().parseHex(line));
    }
  }

  /** Adds an example that cannot be in a file because it is of this run. */
  public void example(byte[] input) {
    inputs.add(input);
  }

  /** Tries the examples, and as many more inputs unless the property says otherwise. */
  public void run(int more, Target target) {
    int count = Integer.getInteger("gatehouse.fuzz", more);
    int examples = inputs.size();
    for (int i = 0; i < examples; i++) {
      take(target, inputs.get(i), false);
    }
    for (int i = 0; i < count; i++) {
      var input = changed(inputs.get(random.nextInt(inputs.size())));
      take(target, random.nextBoolean() ? repair.apply(input) : input, true);
    }
    System.out.printf(
        "fuzzing %s: %d examples and %d inputs made from them, seed %d, %d different outcomes%n",
        name, examples, count, SEED, outcomes.size());
  }

  private void take(Target target, byte[] input, boolean isNew) {
    String outcome;
    try {
      outcome = target.take(input.clone());
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          "fuzzing %s, seed %d: add this line to corpus/%s.txt: %s"
              .formatted(name, SEED, name, HexFormat.of().formatHex(input)),
          e);
    }
    if (outcomes.add(outcome) && isNew) {
      inputs.add(input);
      keep(input);
    }
  }

  private void keep(byte[] input) {
    var directory = System.getProperty("gatehouse.fuzz.keep");
    if (directory != null) {
      try {
        Files.writeString(
            Path.of(directory, name + ".txt"),
            HexFormat.of().formatHex(input) + "\n",
            StandardOpenOption.CREATE,
            StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private byte[] changed(byte[] input) {
    var bytes = input.clone();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      bytes = changedOnce(bytes);
    }
    return bytes;
  }

  private byte[] changedOnce(byte[] bytes) {
    int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
    int interesting = INTERESTING[random.nextInt(INTERESTING.length)];
    switch (random.nextInt(10)) {
      case 0 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 1 -> {
        return Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(48));
      }
      case 2 -> {
        var other = inputs.get(random.nextInt(inputs.size()));
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        var joined = Arrays.copyOf(bytes, at + other.length - from);
        System.arraycopy(other, from, joined, at, other.length - from);
        return joined;
      }
      case 3 -> {
        var grown = Arrays.copyOf(bytes, bytes.length + 8);
        System.arraycopy(bytes, at, grown, Math.min(at + 8, grown.length), bytes.length - at);
        return grown;
      }
      case 4, 5 -> put(bytes, at, 2, interesting);
      case 6 -> put(bytes, at, 4, interesting);
      case 7 -> put(bytes, at, 8, interesting);
      default -> {
        if (bytes.length > 0) {
          bytes[at] ^= (byte) (random.nextBoolean() ? 1 << random.nextInt(8) : random.nextInt());
        }
      }
    }
    return bytes;
  }

  private void put(byte[] bytes, int at, int width, int value) {
    if (at + width <= bytes.length) {
      var order = random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
      var buffer = ByteBuffer.wrap(bytes).order(order);
      long signed = random.nextInt(4) == 0 ? -(long) value : value;
      switch (width) {
        case 2 -> buffer.putShort(at, (short) signed);
        case 4 -> buffer.putInt(at, (int) signed);
        default -> buffer.putLong(at, signed);
      }
    }
  }
}
