package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.testkit.store.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flipped bits, torn and lost writes in any of the store's files: detected, or without effect. In
 * no case does anybody get more access than was granted.
 */
class SqliteStoreDamageTest {

  private static final int TRIALS = Integer.getInteger("gatehouse.store.damages", 100);
  private static final String FILE = SqliteStoreProvider.DEFAULT_FILE;
  private static final List<String> FILES = List.of(FILE, FILE + "-wal", FILE + ".head");

  @TempDir private Path directory;

  private record Image(Map<String, byte[]> files) {
    static Image of(Path from) throws IOException {
      var files = new HashMap<String, byte[]>();
      for (var name : FILES) {
        var path = from.resolve(name);
        files.put(name, Files.exists(path) ? Files.readAllBytes(path) : new byte[0]);
      }
      return new Image(files);
    }

    byte[] bytes(String name) {
      return files.getOrDefault(name, new byte[0]);
    }

    void write(Path to) throws IOException {
      for (var name : FILES) {
        Files.deleteIfExists(to.resolve(name));
        if (bytes(name).length > 0) {
          Files.write(to.resolve(name), bytes(name));
        }
      }
    }
  }

  private record Expected(
      Map<AuthorizationKey, Authorization> authorizations, List<Client> clients) {}

  @Test
  void damageNeverWidensAccess() throws Exception {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    var random = new Random(seed);
    var origin = Files.createDirectory(directory.resolve("origin"));
    var trial = Files.createDirectory(directory.resolve("trial"));
    Image older;
    Image newest;
    Expected expected;
    // The images are taken while the store is open, as a power failure would leave them.
    try (var fixture = new Fixture(origin)) {
      fixture.createBasics(20);
      for (int i = 0; i < 200; i++) {
        fixture.grant(
            i % 20,
            (i / 20) * 2,
            Optional.of(fixture.context().time().now().plusSeconds(3600 + i)));
      }
      fixture.reopen();
      for (int i = 0; i < 20; i++) {
        fixture.store().revoke(Samples.key(i, 4), fixture.soon());
      }
      older = Image.of(origin);
      for (int i = 0; i < 20; i++) {
        fixture.store().revoke(Samples.key(i, 6), fixture.soon());
        fixture.grant(i, 7, Optional.empty());
      }
      fixture.store().removeClient(Samples.clientId(3), fixture.soon());
      newest = Image.of(origin);
      expected =
          new Expected(
              fixture.authorizations(), fixture.store().snapshot(fixture.soon()).clients());
    }
    int detected = 0;
    int harmless = 0;
    for (int i = 0; i < TRIALS; i++) {
      var damage = damaged(newest, older, random);
      damage.write(trial);
      if (opensAsExpected(trial, expected, "seed " + seed + " trial " + i)) {
        harmless++;
      } else {
        detected++;
      }
    }
    System.out.printf(
        "store damage: %d trials, %d detected, %d harmless, -Dgatehouse.seed=%d%n",
        TRIALS, detected, harmless, seed);
    assertThat(detected).isPositive();
    newest.write(trial);
    assertThat(opensAsExpected(trial, expected, "undamaged")).isTrue();
  }

  private static boolean opensAsExpected(Path trial, Expected expected, String trialName)
      throws InterruptedException {
    try (var fixture = new Fixture(trial)) {
      assertThat(expected.authorizations())
          .as(trialName)
          .containsAllEntriesOf(fixture.authorizations());
      assertThat(expected.clients())
          .as(trialName)
          .containsAll(fixture.store().snapshot(fixture.soon()).clients());
      return true;
    } catch (GatehouseException e) {
      assertThat(e.code()).as(trialName).isEqualTo(StandardErrorCode.STATE_UNREADABLE);
      return false;
    }
  }

  private static Image damaged(Image newest, Image older, Random random) {
    var files = new HashMap<String, byte[]>();
    newest.files().forEach((name, bytes) -> files.put(name, bytes.clone()));
    var name = FILES.get(random.nextInt(FILES.size()));
    var bytes = files.get(name);
    var before = older.bytes(name);
    if (bytes == null || bytes.length == 0) {
      return new Image(files);
    }
    int sector = random.nextInt((bytes.length + 511) / 512) * 512;
    int end = Math.min(sector + 512 * random.nextInt(1, 9), bytes.length);
    switch (random.nextInt(6)) {
      case 0, 1 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> Arrays.fill(bytes, sector, end, (byte) 0);
      case 3 -> files.put(name, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
      case 4 -> {
        // A write that never reached the disk: these sectors are as they were before.
        int known = Math.min(end, before.length);
        if (sector < known) {
          System.arraycopy(before, sector, bytes, sector, known - sector);
        }
      }
      default -> files.put(name, before.clone());
    }
    return new Image(files);
  }
}
