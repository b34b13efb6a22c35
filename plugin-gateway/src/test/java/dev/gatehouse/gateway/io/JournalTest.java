package dev.gatehouse.gateway.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.testkit.lab.Await;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir private Path directory;

  /** A file on a disk that can be full. */
  private static final class Disk extends LogFile {
    volatile boolean full;

    Disk(Path file) {
      super(file, 1 << 20, 3);
    }

    @Override
    void append(FileChannel out, ByteBuffer bytes) throws IOException {
      if (full) {
        out.write(bytes.slice(0, bytes.remaining() / 2));
        throw new IOException("No space left on device");
      }
      super.append(out, bytes);
    }
  }

  private List<String> lines(String name) throws IOException {
    return Files.readAllLines(directory.resolve(name));
  }

  @Test
  void aFileIsSetAsideWhenItIsFullAndTheOldestGoes() throws IOException {
    try (var file = new LogFile(directory.resolve("log"), 100, 3)) {
      for (int i = 0; i < 60; i++) {
        file.write(List.of("line " + (100 + i)));
      }
    }
    assertThat(lines("log").getLast()).isEqualTo("line 159");
    assertThat(lines("log.1").getLast()).isEqualTo("line " + (159 - lines("log").size()));
    assertThat(directory.resolve("log.2")).exists();
    assertThat(directory.resolve("log.3")).doesNotExist();
    for (var name : List.of("log", "log.1", "log.2")) {
      assertThat(Files.size(directory.resolve(name))).isLessThanOrEqualTo(100);
      assertThat(
              PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void halfALineOfAKilledProcessIsTakenAway() throws IOException {
    Files.writeString(directory.resolve("log"), "whole\nhal");
    try (var file = new LogFile(directory.resolve("log"), 1000, 2)) {
      file.write(List.of("next"));
    }
    assertThat(lines("log")).containsExactly("whole", "next");
  }

  @Test
  void aFullDiskLeavesWholeLinesAndNothingHalf() throws IOException {
    try (var file = new Disk(directory.resolve("log"))) {
      file.write(List.of("one"));
      file.full = true;
      assertThatThrownBy(() -> file.write(List.of("two and more"))).hasMessageContaining("space");
      assertThat(lines("log")).containsExactly("one");
      file.full = false;
      file.write(List.of("three"));
    }
    assertThat(lines("log")).containsExactly("one", "three");
  }

  @Test
  void whileTheDiskIsFullRecordsWaitAndWhatIsLostIsTold() throws IOException {
    var file = new Disk(directory.resolve("log"));
    var journal = new Journal<Integer>("test", file, String::valueOf, () -> Instant.EPOCH);
    journal.start();
    journal.add(1);
    Await.until("the first", SOON, () -> journal.written() == 1);

    file.full = true;
    long started = System.nanoTime();
    for (int i = 2; i < 20_000; i++) {
      journal.add(i);
    }
    assertThat(System.nanoTime() - started).as("never waits").isLessThan(SOON.toNanos());
    Await.until("the problem", SOON, () -> journal.problem().isPresent());
    assertThat(journal.problem().orElseThrow()).contains("No space left", "are lost");
    assertThat(journal.lost()).isPositive();

    file.full = false;
    Await.until(
        "everything that was kept", SOON, () -> journal.written() + journal.lost() == 19_999);
    Await.until("the end of the problem", SOON, () -> journal.problem().isEmpty());
    journal.close();
    assertThat(lines("log").stream().filter(line -> !line.startsWith("{")).count())
        .isEqualTo(journal.written());
    assertThat(lines("log"))
        .contains(
            "{\"time\":\"1970-01-01T00:00:00Z\",\"event\":\"records-lost\",\"count\":"
                + journal.lost()
                + "}");
  }

  @Test
  void closingWritesWhatWaits() throws IOException {
    var journal =
        new Journal<Integer>(
            "test",
            new LogFile(directory.resolve("log"), 1 << 20, 2),
            String::valueOf,
            () -> Instant.EPOCH);
    for (int i = 0; i < 5000; i++) {
      journal.add(i);
    }
    journal.start();
    journal.close();
    assertThat(lines("log")).hasSize(5000);
  }
}
