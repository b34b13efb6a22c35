package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.crypto.core.Tai64n;
import dev.gatehouse.testkit.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StampFileTest {

  private static final long SEED = Long.getLong("gatehouse.seed", 1122L);

  @TempDir Path directory;

  private final ManualTime time = new ManualTime();

  /** What is to be written later; a kill forgets it. */
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();

  private Path file() {
    return directory.resolve("tunnel.stamp");
  }

  private StampFile open() {
    return new StampFile(file(), time, later::add);
  }

  private void writeLater() {
    for (var task = later.poll(); task != null; task = later.poll()) {
      task.run();
    }
  }

  private static Instant moment(byte[] stamp) {
    var hex = HexFormat.of().formatHex(stamp);
    long seconds = Long.parseLong(hex.substring(0, 16), 16) - 0x4000_0000_0000_000aL;
    return Instant.ofEpochSecond(seconds, Long.parseLong(hex.substring(16), 16));
  }

  @Test
  void stampsTellTheTimeWhileTheClockGoesForward() {
    var stamps = open();
    for (int i = 0; i < 100; i++) {
      time.advance(Duration.ofSeconds(7));
      assertThat(Duration.between(moment(stamps.next()), time.now()))
          .isBetween(Duration.ZERO, Duration.ofMillis(17));
      stamps.tick();
      writeLater();
    }
  }

  @Test
  void aKilledGatewayWhoseClockIsSetBackGoesOnWithLaterStamps() {
    var before = open().next();
    time.setWall(time.now().minus(Duration.ofDays(300)));
    assertThat(Tai64n.isAfter(open().next(), before)).isTrue();
  }

  @Test
  void aStoppedGatewayGoesOnFromItsVeryLastStamp() {
    var stamps = open();
    var last = stamps.next();
    stamps.close();
    assertThat(open().next()).isEqualTo(Tai64n.after(last));
  }

  @Test
  void noHistoryOfKillsAndClocksMakesAStampThatIsNotLater() {
    System.out.println("stamps: seed " + SEED);
    var random = new Random(SEED);
    var stamps = open();
    var last = new byte[Tai64n.LENGTH];
    int given = 0;
    for (int i = 0; i < 3000; i++) {
      switch (random.nextInt(8)) {
        case 0 -> {
          later.clear(); // killed
          stamps = open();
        }
        case 1 -> {
          stamps.close();
          stamps = open();
        }
        case 2 -> time.setWall(time.now().plusSeconds(random.nextInt(200_000) - 100_000));
        case 3 -> stamps.tick();
        case 4 -> writeLater();
        default -> {
          time.advance(Duration.ofMillis(random.nextInt(20_000)));
          var next = stamps.next();
          assertThat(Tai64n.isAfter(next, last)).as("step %s, seed %s", i, SEED).isTrue();
          last = next;
          given++;
        }
      }
    }
    assertThat(given).isGreaterThan(1000);
  }

  @Test
  void oneKillAfterAnotherDoesNotCarryTheStampsIntoTheFuture() {
    for (int i = 0; i < 1000; i++) {
      time.advance(Duration.ofSeconds(2));
      later.clear();
      var stamp = open().next();
      assertThat(Duration.between(time.now(), moment(stamp)))
          .isLessThanOrEqualTo(StampFile.AHEAD.plusSeconds(2));
    }
  }

  @Test
  void givingOutStampsDoesNotWaitForTheDiskUnlessTheClockLeaps() throws IOException {
    var stamps = open();
    var mark = Files.readString(file());
    for (int i = 0; i < 50; i++) {
      time.advance(Duration.ofSeconds(1));
      stamps.next();
    }
    assertThat(Files.readString(file())).as("not written by whoever asked").isEqualTo(mark);
    assertThat(later).as("but soon").hasSize(1);
    time.advance(Duration.ofHours(1));
    stamps.next();
    assertThat(Files.readString(file())).isNotEqualTo(mark);
  }

  @Test
  void theFileIsItsOwnersAndADamagedOneIsReplaced() throws IOException {
    open();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    for (var damage : new String[] {"", "zz", "00".repeat(11), "00".repeat(5000)}) {
      Files.writeString(file(), damage);
      assertThat(Duration.between(moment(open().next()), time.now()).abs())
          .isLessThan(Duration.ofMillis(17));
      assertThat(Files.readString(file())).hasSize(25);
    }
  }

  @Test
  void withoutADiskStampsAreGivenOutAllTheSame() throws IOException {
    var stamps = open();
    Files.delete(file());
    Files.delete(directory);
    time.advance(Duration.ofHours(1));
    assertThat(Tai64n.isAfter(stamps.next(), stamps.next())).isFalse();
    Files.createDirectory(directory);
  }
}
