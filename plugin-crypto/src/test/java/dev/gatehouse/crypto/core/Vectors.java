package dev.gatehouse.crypto.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Reads the files of known answers. */
public final class Vectors {

  private Vectors() {}

  /** The lines of a file that hold vectors, each split into its fields. */
  public static List<String[]> rows(String file) {
    return lines(file).stream()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.split(" "))
        .toList();
  }

  static List<String> lines(String file) {
    return resource("/dev/gatehouse/crypto/vectors/" + file);
  }

  /** The inputs kept for a fuzzer. */
  static List<String> corpus(String name) {
    return resource("/dev/gatehouse/crypto/corpus/" + name + ".txt").stream()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  private static List<String> resource(String file) {
    try (var in = Vectors.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new AssertionError("there is no " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of a field; none for "-". */
  public static byte[] bytes(String field) {
    return field.equals("-") ? new byte[0] : HexFormat.of().parseHex(field);
  }

  /** Tells how many vectors were run. */
  public static void report(String what, int count) {
    System.out.println("vectors: " + count + " of " + what);
  }
}
