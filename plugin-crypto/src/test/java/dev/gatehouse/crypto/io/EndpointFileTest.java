package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.testkit.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointFileTest {

  private static final PublicKey ALICE = key(1);
  private static final PublicKey BOB = key(2);
  private static final Endpoint HOME = Endpoint.parse("192.0.2.1:40000");
  private static final Endpoint CAFE = Endpoint.parse("[2001:db8::7]:40001");

  @TempDir Path directory;

  private final ManualTime time = new ManualTime();

  private static PublicKey key(int first) {
    var bytes = new byte[32];
    bytes[0] = (byte) first;
    return PublicKey.of(bytes);
  }

  private EndpointFile open() {
    return new EndpointFile(directory.resolve("tunnel.endpoints"), time, Runnable::run);
  }

  @Test
  void remembersConnectedPeersThroughARestartAndTellsOnce() {
    var before = open();
    before.connected(ALICE, HOME);
    before.connected(ALICE, CAFE);
    before.connected(BOB, HOME);
    before.disconnected(BOB);
    before.tick();
    time.advance(Duration.ofMinutes(1));
    var after = open();
    assertThat(after.recall(ALICE)).contains(CAFE);
    assertThat(after.recall(ALICE)).isEmpty();
    assertThat(after.recall(BOB)).isEmpty();
  }

  @Test
  void forgetsWhatIsTooOldToBeTrue() {
    var before = open();
    before.connected(ALICE, HOME);
    before.tick();
    time.advance(EndpointFile.USEFUL.plusSeconds(1));
    assertThat(open().recall(ALICE)).isEmpty();
  }

  @Test
  void staysFreshWhilePeersAreConnected() {
    var before = open();
    before.connected(ALICE, HOME);
    for (int minute = 0; minute < 30; minute++) {
      before.tick();
      time.advance(Duration.ofMinutes(1));
    }
    assertThat(open().recall(ALICE)).contains(HOME);
  }

  @Test
  void onlyTheOwnerMayReadIt() throws IOException {
    var file = open();
    file.connected(ALICE, HOME);
    file.tick();
    assertThat(Files.getPosixFilePermissions(directory.resolve("tunnel.endpoints")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "garbage",
        "2026-01-01T00:00:00Z\nx",
        "2026-01-01T00:00:00Z\nkey 1.2.3.4:5"
      })
  void aDamagedFileIsNoHindrance(String content) throws IOException {
    Files.writeString(directory.resolve("tunnel.endpoints"), content);
    assertThat(open().recall(ALICE)).isEmpty();
  }
}
