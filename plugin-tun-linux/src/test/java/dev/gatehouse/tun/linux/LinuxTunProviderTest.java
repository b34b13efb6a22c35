package dev.gatehouse.tun.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.TestSection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinuxTunProviderTest {

  private final LinuxTunProvider provider = new LinuxTunProvider();

  @Test
  void anEmptySectionGivesTheDefaults() {
    var section = new TestSection(Map.of());
    var config = provider.configure(section);
    assertThat(section.problems()).isEmpty();
    assertThat(config).isEqualTo(LinuxTunConfig.DEFAULT);
    assertThat(config.name()).isEqualTo("gatehouse0");
    assertThat(config.addresses()).hasToString("[100.64.0.1/16, fd00:6a7e::1/64]");
    assertThat(config.mtu()).isEqualTo(1420);
    assertThat(config.offload()).isTrue();
  }

  @Test
  void everyKeyIsRead() {
    var section =
        new TestSection(
            Map.of(
                "name",
                "gw-1",
                "addresses",
                List.of("fd00::7/64"),
                "mtu",
                1408,
                "offload",
                false,
                "queue-length",
                1000,
                "multi-queue",
                true));
    assertThat(provider.configure(section))
        .hasToString(
            "LinuxTunConfig[name=gw-1, addresses=[fd00::7/64], mtu=1408, offload=false,"
                + " queueLength=1000, multiQueue=true]");
    assertThat(section.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sixteen-letters-", "a b", "a/b", "tun%d", "a:1", ".", "..", "ü"})
  void whatIsNoInterfaceNameIsRefused(String name) {
    var section = new TestSection(Map.of("name", name));
    assertThat(provider.configure(section).name()).isEqualTo("gatehouse0");
    assertThat(section.problems()).hasSize(1).first().asString().startsWith("name: must be 1 to");
  }

  @Test
  void twoAddressesOfOneFamilyAreRefused() {
    for (var addresses :
        List.of(
            List.of("10.0.0.1/8", "10.1.0.1/16"),
            List.of("fd00::1/64", "fd01::1/64"),
            List.of("10.0.0.1/8", "fd00::1/64", "fd01::1/64"),
            List.of())) {
      var section = new TestSection(Map.of("addresses", addresses));
      provider.configure(section);
      assertThat(section.problems()).as(addresses.toString()).hasSize(1);
    }
  }

  @Test
  void everythingWrongIsToldAtOnce() {
    var section =
        new TestSection(
            Map.of("mtu", 1279, "queue-length", 1, "offload", "yes", "addresses", List.of("x")));
    assertThat(provider.configure(section)).isEqualTo(LinuxTunConfig.DEFAULT);
    assertThat(section.problems()).hasSize(4);
  }
}
