package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.crypto.core.Tai64n;
import dev.gatehouse.testkit.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitiationFileTest {

  private static final PublicKey ALICE = key(1);
  private static final PublicKey BOB = key(2);
  private static final byte[] EARLY = Tai64n.of(Instant.parse("2026-01-01T00:00:00Z"));
  private static final byte[] LATE = Tai64n.of(Instant.parse("2026-01-02T00:00:00Z"));

  @TempDir Path directory;

  private final ManualTime time = new ManualTime();
  private final ArrayDeque<Runnable> later = new ArrayDeque<>();

  private static PublicKey key(int first) {
    var bytes = new byte[32];
    bytes[0] = (byte) first;
    return PublicKey.of(bytes);
  }

  private Path file() {
    return directory.resolve("tunnel.initiations");
  }

  private InitiationFile open() {
    return new InitiationFile(file(), time, later::add);
  }

  @Test
  void theNewestStampOfEachPeerSurvivesAKillOnceItIsWritten() {
    var before = open();
    before.taken(ALICE, EARLY);
    before.taken(ALICE, LATE);
    before.taken(BOB, EARLY);
    before.tick();
    later.remove().run();
    before.taken(BOB, LATE);
    var after = open();
    assertThat(after.newest(ALICE)).isEqualTo(LATE);
    assertThat(after.newest(BOB)).as("the last second is lost").isEqualTo(EARLY);
    assertThat(after.newest(key(3))).isNull();
  }

  @Test
  void stoppingWritesEverythingAndAnOlderWriteDoesNotUndoIt() {
    var before = open();
    before.taken(ALICE, EARLY);
    before.tick();
    before.taken(ALICE, LATE);
    before.close();
    later.remove().run();
    assertThat(open().newest(ALICE)).isEqualTo(LATE);
  }

  @Test
  void aRemovedPeerIsForgotten() {
    var before = open();
    before.taken(ALICE, LATE);
    before.taken(BOB, LATE);
    before.forget(ALICE);
    before.close();
    assertThat(open().newest(ALICE)).isNull();
    assertThat(open().newest(BOB)).isEqualTo(LATE);
  }

  @Test
  void nothingNewIsNotWritten() {
    var file = open();
    file.tick();
    assertThat(later).isEmpty();
    file.taken(ALICE, EARLY);
    file.tick();
    file.tick();
    assertThat(later).as("one at a time").hasSize(1);
    later.remove().run();
    time.advance(Duration.ofSeconds(1));
    file.tick();
    assertThat(later).isEmpty();
  }

  @Test
  void aDamagedFileCostsOnlyWhatIsDamagedInIt() throws IOException {
    var before = open();
    before.taken(ALICE, LATE);
    before.close();
    Files.writeString(file(), Files.readString(file()) + "garbage\n");
    assertThat(open().newest(ALICE)).isEqualTo(LATE);
    for (var damage : new String[] {"\n", " ", "x y", "\u0000", ALICE + " 00", ALICE + ""}) {
      Files.writeString(file(), damage);
      assertThat(open().newest(ALICE)).as(damage).isNull();
    }
  }
}
