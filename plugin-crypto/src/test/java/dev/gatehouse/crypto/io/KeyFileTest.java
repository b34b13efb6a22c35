package dev.gatehouse.crypto.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFileTest {

  @TempDir Path directory;

  @Test
  void aKeyThatItsGroupMayReadIsRefused() throws IOException {
    var file = directory.resolve("tunnel.key");
    KeyFile.generate(file, new SplittableRandom(1)).close();
    KeyFile.read(file).close();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r-----"));
    assertThatThrownBy(() -> KeyFile.read(file))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("open to other users");
  }

  @Test
  void onlyFilesInTheServiceManagersDirectoryAreCredentials() {
    var credentials = "/run/credentials/gatehouse.service";
    assertThat(KeyFile.isCredential(Path.of(credentials, "tunnel-key"), credentials)).isTrue();
    assertThat(KeyFile.isCredential(Path.of(credentials, "tunnel-key"), credentials + "/"))
        .isTrue();
    assertThat(KeyFile.isCredential(Path.of(credentials, "tunnel-key"), null)).isFalse();
    assertThat(KeyFile.isCredential(Path.of("/etc/tunnel-key"), credentials)).isFalse();
    assertThat(KeyFile.isCredential(Path.of(credentials, "../tunnel-key"), credentials)).isFalse();
    assertThat(KeyFile.isCredential(Path.of(credentials, "deeper/tunnel-key"), credentials))
        .isFalse();
  }
}
