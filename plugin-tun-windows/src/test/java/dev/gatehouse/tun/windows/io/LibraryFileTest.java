package dev.gatehouse.tun.windows.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A library is looked at before any of it runs. */
class LibraryFileTest {

  @TempDir Path directory;

  private static WindowsTunConfig config(Path library, Optional<String> pin) {
    var defaults = WindowsTunConfig.DEFAULT;
    return new WindowsTunConfig(
        defaults.name(),
        defaults.addresses(),
        defaults.mtu(),
        defaults.metric(),
        defaults.routes(),
        defaults.ringCapacity(),
        Optional.of(library),
        pin,
        false);
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  @Test
  void aMissingLibraryIsOneSentence() {
    assertThatThrownBy(
            () -> LibraryFile.load(config(directory.resolve("wintun.dll"), Optional.empty())))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("is not at " + directory);
  }

  @Test
  void aFileThatIsNoLibraryIsOneSentence() throws Exception {
    var file = Files.writeString(directory.resolve("wintun.dll"), "no library");
    assertThatThrownBy(() -> LibraryFile.load(config(file, Optional.of(sha256(file)))))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("does not load")
        .hasMessageContaining("for this processor");
  }

  @Test
  void aPinnedLibraryThatWasAlteredIsNotLoaded() throws IOException {
    var file = directory.resolve("wintun.dll");
    Files.write(file, "no library".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> LibraryFile.load(config(file, Optional.of("0".repeat(64)))))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("not the one configured");
  }

  @Test
  void aLibraryWithoutTheFunctionsIsToldWithTheirNames() {
    var other = Path.of(System.getProperty("java.home"), "lib", "libzip.so");
    assumeTrue(Files.exists(other), "needs a library that is there, such as the JDK's libzip.so");
    assertThatThrownBy(() -> LibraryFile.requireFunctions(other))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("lacks WintunAllocateSendPacket, ")
        .hasMessageContaining("0.14");
    assertThat(other).exists();
  }
}
