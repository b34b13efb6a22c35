package dev.gatehouse.tun.windows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.TestSection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WindowsTunProviderTest {

  private final WindowsTunProvider provider = new WindowsTunProvider();

  @Test
  void itSaysWhyItCannotWorkElsewhere() {
    assertThat(WindowsTunProvider.unsupportedBecause("Linux", "amd64"))
        .get()
        .asString()
        .contains("Wintun")
        .contains("runs Linux");
    assertThat(WindowsTunProvider.unsupportedBecause("Windows 10", "x86"))
        .get()
        .asString()
        .contains("64-bit");
    assertThat(WindowsTunProvider.unsupportedBecause("Windows Server 2022", "amd64")).isEmpty();
    assertThat(WindowsTunProvider.unsupportedBecause("Windows 11", "aarch64")).isEmpty();
  }

  @Test
  void anEmptySectionGivesTheDefaults() {
    var section = new TestSection(Map.of());
    assertThat(provider.configure(section)).isEqualTo(WindowsTunConfig.DEFAULT);
    assertThat(section.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {131072, 8388608, 67108864})
  void aRingIsAPowerOfTwo(int capacity) {
    var section = new TestSection(Map.of("ring-capacity", capacity));
    assertThat(provider.configure(section).ringCapacity()).isEqualTo(capacity);
    assertThat(section.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 65536, 131073, 100_000_000, 134217728})
  void anotherRingIsRefused(int capacity) {
    var section = new TestSection(Map.of("ring-capacity", capacity));
    assertThat(provider.configure(section).ringCapacity()).isEqualTo(8388608);
    assertThat(section.problems()).hasSize(1).first().asString().startsWith("ring-capacity");
  }

  @Test
  void everythingWrongIsToldAtOnce() {
    var section =
        new TestSection(
            Map.of(
                "name",
                "a|b",
                "addresses",
                List.of("10.0.0.1/8", "10.0.0.2/8"),
                "mtu",
                100,
                "library-sha256",
                "abc"));
    assertThat(provider.configure(section)).isEqualTo(WindowsTunConfig.DEFAULT);
    assertThat(section.problems()).hasSize(4);
  }
}
