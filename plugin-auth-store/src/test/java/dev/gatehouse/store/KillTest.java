package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that grants and revokes is killed at random instants; what it acknowledged holds. */
class KillTest {

  private static final int KILLS = Integer.getInteger("gatehouse.store.kills", 8);

  @TempDir private Path directory;

  /** What is known about one key: the last acknowledged state, and one that may have followed. */
  private record Known(boolean acknowledged, boolean begun) {}

  @Test
  void nothingAcknowledgedIsLostAndNothingRevokedComesBack() throws Exception {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    var random = new Random(seed);
    var known = new HashMap<String, Known>();
    long acknowledged = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      acknowledged += runAndKill(random, known);
      try (var fixture = new Fixture(directory)) {
        assertThat(fixture.store().verify(fixture.soon())).as("seed " + seed).isEmpty();
        var present = fixture.authorizations();
        for (int client = 0; client < KillVictim.WORKERS; client++) {
          for (int resource = 0; resource < KillVictim.KEYS; resource++) {
            var key = Samples.key(client, resource);
            var state = known.getOrDefault(key.toString(), new Known(false, false));
            boolean granted = present.containsKey(key);
            assertThat(granted == state.acknowledged() || granted == state.begun())
                .as("seed %d kill %d key %s granted %s but %s", seed, kill, key, granted, state)
                .isTrue();
            known.put(key.toString(), new Known(granted, granted));
          }
        }
      }
    }
    try (var leftovers = Files.list(directory.resolve("sqlite-native"))) {
      assertThat(leftovers).as("libraries of killed processes").hasSizeLessThanOrEqualTo(4);
    }
    System.out.printf("store kills: %d, %d acknowledged writes held%n", KILLS, acknowledged);
    assertThat(acknowledged).isPositive();
  }

  private long runAndKill(Random random, Map<String, Known> known) throws Exception {
    var said = directory.resolve("victim.out");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath(),
                KillVictim.class.getName(),
                directory.toString(),
                Long.toString(random.nextLong()))
            .redirectError(directory.resolve("victim.err").toFile())
            .redirectOutput(said.toFile())
            .start();
    try {
      Await.until(
          "the victim",
          Duration.ofMinutes(3),
          () -> length(said) > 0 || !process.isAlive(),
          () -> text(directory.resolve("victim.err")));
      LockSupport.parkNanos(random.nextLong(1_000_000, 250_000_000));
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(length(said)).as(text(directory.resolve("victim.err"))).isPositive();
    long acknowledged = 0;
    for (var line : text(said).lines().toList()) {
      acknowledged += note(line, known);
    }
    return acknowledged;
  }

  private static long length(Path file) {
    return file.toFile().length();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lines are {@code begin|done grant|revoke key}; the last one may be cut short. */
  private static int note(String line, Map<String, Known> known) {
    var words = line.split(" ", -1);
    if (words.length != 4 || !words[3].equals(".")) {
      return 0;
    }
    boolean granted = words[1].equals("grant");
    var before = known.getOrDefault(words[2], new Known(false, false));
    boolean done = words[0].equals("done");
    known.put(
        words[2], done ? new Known(granted, granted) : new Known(before.acknowledged(), granted));
    return done ? 1 : 0;
  }

  static String classPath() {
    var parts = new ArrayList<String>();
    parts.add(Path.of("target", "test-classes").toAbsolutePath().toString());
    parts.add(Path.of("target", "classes").toAbsolutePath().toString());
    for (var property : List.of("jdk.module.path", "java.class.path")) {
      Stream.of(System.getProperty(property, "").split(File.pathSeparator, -1))
          .filter(part -> !part.isEmpty())
          .forEach(parts::add);
    }
    return String.join(File.pathSeparator, parts);
  }
}
