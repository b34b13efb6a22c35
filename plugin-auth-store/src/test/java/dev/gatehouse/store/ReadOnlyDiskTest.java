package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk with an error: the kernel makes it read-only under the open store. */
@Tag("kernel")
class ReadOnlyDiskTest {

  @TempDir private Path directory;

  private Path disk;
  private int mounts;

  @BeforeEach
  void mountSmallDisk() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a small disk");
    assumeTrue(run("mkfs.ext4", "-V") == 0, "needs mkfs.ext4");
    disk = Files.createDirectory(directory.resolve("disk"));
    var image = image("image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(16 << 20);
    }
    assertThat(run("mkfs.ext4", "-q", "-F", image.toString())).isZero();
    assumeTrue(mount(image), "needs the right to mount a loop device");
  }

  private Path image(String name) {
    return directory.resolve(name);
  }

  private boolean mount(Path image) throws IOException, InterruptedException {
    boolean mounted =
        run("mount", "-o", "loop,errors=remount-ro", image.toString(), disk.toString()) == 0;
    mounts += mounted ? 1 : 0;
    return mounted;
  }

  @AfterEach
  void unmount() throws Exception {
    for (; mounts > 0; mounts--) {
      run("umount", "-l", disk.toString());
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // there is no such program
    }
  }

  @Test
  void revocationsHoldWhileTheDiskIsReadOnlyAndAreWrittenWhenItIsMended() throws Exception {
    var config =
        new SqliteStoreConfig(Optional.of(disk.resolve("authorizations.db")), Duration.ZERO, 1000);
    try (var fixture = new Fixture(directory, config)) {
      fixture.createBasics(4);
      for (int i = 0; i < 4; i++) {
        fixture.grant(i, i, Optional.empty());
      }

      assertThat(run("mount", "-o", "remount,abort", disk.toString())).isZero();

      var refused =
          catchThrowableOfType(
              GatehouseException.class, () -> fixture.grant(0, 1, Optional.empty()));
      assertThat(refused.code()).isEqualTo(StandardErrorCode.STORE_UNAVAILABLE);
      assertThat(refused.problem()).contains("cannot be written").contains("Nothing was changed.");
      assertThat(refused.fix()).contains("Mount its disk for writing");
      var ended =
          catchThrowableOfType(
              GatehouseException.class,
              () -> fixture.store().revoke(Samples.key(0, 0), fixture.soon()));
      assertThat(ended.problem()).contains("What was to end has ended");
      assertThat(fixture.authorizations()).hasSize(3).doesNotContainKey(Samples.key(0, 0));
      assertThat(fixture.store().health().problem().orElseThrow())
          .contains("cannot be written")
          .contains("Changes in force but not durable: 1");

      mendAndMountAgain();

      Await.until("recovery", Duration.ofSeconds(60), () -> fixture.store().health().isOk());
      assertThat(fixture.store().verify(fixture.soon())).isEmpty();
      fixture.grant(0, 1, Optional.empty());
      assertThat(fixture.store().status()).containsEntry("head-lags", false);
    }
    try (var fixture = new Fixture(directory, config)) {
      assertThat(fixture.authorizations())
          .containsOnlyKeys(
              Samples.key(0, 1), Samples.key(1, 1), Samples.key(2, 2), Samples.key(3, 3));
    }
  }

  /** As an operator would: check a copy of the disk, and put it in the place of the broken one. */
  private void mendAndMountAgain() throws IOException, InterruptedException {
    var mended = Files.copy(image("image"), image("mended"));
    assertThat(run("umount", "-l", disk.toString())).isZero();
    mounts--;
    assertThat(run("e2fsck", "-f", "-y", mended.toString())).isBetween(0, 1);
    assertThat(mount(mended)).isTrue();
  }
}
