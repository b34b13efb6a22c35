package dev.gatehouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.store.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk that is really full. */
@Tag("kernel")
class DiskFullTest {

  @TempDir private Path directory;

  private Path disk;
  private boolean mounted;

  @BeforeEach
  void mountSmallDisk() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a small disk");
    disk = Files.createDirectory(directory.resolve("disk"));
    mounted = run("mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", disk.toString()) == 0;
    assumeTrue(mounted, "needs the right to mount");
  }

  @AfterEach
  void unmount() throws Exception {
    if (mounted) {
      assertThat(run("umount", disk.toString())).isZero();
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  @Test
  void aFullDiskLosesNothingAndRecoversWithoutARestart() throws Exception {
    var config =
        new SqliteStoreConfig(Optional.of(disk.resolve("authorizations.db")), Duration.ZERO, 1000);
    var ballast = disk.resolve("ballast");
    var acknowledged = new HashSet<AuthorizationKey>();
    try (var fixture = new Fixture(directory, config)) {
      fixture.createBasics(100);
      Files.write(ballast, new byte[1024 * 1024]);
      var failure = grantUntilRefused(fixture, acknowledged);
      assertThat(failure.code()).isEqualTo(StandardErrorCode.STORE_UNAVAILABLE);
      assertThat(failure).hasMessageContaining("is full").hasMessageContaining("Free some space");
      assertThat(fixture.authorizations().keySet()).isEqualTo(acknowledged);

      var revoked = acknowledged.iterator().next();
      assertThat(catchThrowable(() -> fixture.store().revoke(revoked, fixture.soon())))
          .isInstanceOf(GatehouseException.class);
      acknowledged.remove(revoked);
      assertThat(fixture.authorizations().keySet()).isEqualTo(acknowledged);
      assertThat(fixture.store().health().isOk()).isFalse();

      Files.delete(ballast);
      Await.until("recovery", Duration.ofSeconds(60), () -> fixture.store().health().isOk());
      assertThat(fixture.store().verify(fixture.soon())).isEmpty();
    }
    try (var fixture = new Fixture(directory, config)) {
      assertThat(fixture.authorizations().keySet()).isEqualTo(acknowledged);
    }
  }

  private static GatehouseException grantUntilRefused(
      Fixture fixture, Set<AuthorizationKey> acknowledged) {
    for (int client = 0; client < 100; client++) {
      for (int resource = 0; resource < 100; resource++) {
        try {
          fixture.grant(client, resource, Optional.empty());
          acknowledged.add(Samples.key(client, resource));
        } catch (GatehouseException e) {
          return e;
        }
      }
    }
    throw new AssertionError("the disk never became full");
  }
}
