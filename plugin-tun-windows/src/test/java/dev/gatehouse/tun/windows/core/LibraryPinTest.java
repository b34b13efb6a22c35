package dev.gatehouse.tun.windows.core;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LibraryPinTest {

  private static final byte[] ABC = "abc".getBytes(StandardCharsets.US_ASCII);
  // FIPS 180-4's example.
  private static final String ABC_SHA256 =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  private static final String PATH = "C:\\Gatehouse\\wintun.dll";

  @Test
  void thePinnedFileIsAccepted() {
    assertThatCode(() -> LibraryPin.check(PATH, ABC, Optional.of(ABC_SHA256)))
        .doesNotThrowAnyException();
    assertThatCode(
            () -> LibraryPin.check(PATH, ABC, Optional.of(ABC_SHA256.toUpperCase(Locale.ROOT))))
        .doesNotThrowAnyException();
  }

  @Test
  void aMissingFileSaysWhereToGetItAndWhereToPutIt() {
    assertThatThrownBy(() -> LibraryPin.check(PATH, null, Optional.of(ABC_SHA256)))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("not at " + PATH)
        .hasMessageContaining("wintun.net")
        .hasMessageContaining("put it there");
  }

  @Test
  void aFileWithoutAPinIsNotLoaded() {
    assertThatThrownBy(() -> LibraryPin.check(PATH, ABC, Optional.empty()))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("not pinned")
        .hasMessageContaining(ABC_SHA256);
  }

  @Test
  void anAlteredFileIsNotLoaded() {
    var altered = ABC.clone();
    altered[0] ^= 1;
    assertThatThrownBy(() -> LibraryPin.check(PATH, altered, Optional.of(ABC_SHA256)))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("not the one configured")
        .hasMessageContaining("who changed");
  }
}
