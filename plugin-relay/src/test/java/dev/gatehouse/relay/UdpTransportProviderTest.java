package dev.gatehouse.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.spi.TransportProvider;
import dev.gatehouse.testkit.TestContext;
import dev.gatehouse.testkit.TestSection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UdpTransportProviderTest {

  private final UdpTransportProvider provider = new UdpTransportProvider();

  @Test
  void moduleProvidesItUnderItsId() {
    assertThat(provider.id().value()).isEqualTo("udp");
    assertThat(provider.getClass().getModule().getDescriptor().provides())
        .filteredOn(one -> one.service().equals(TransportProvider.class.getName()))
        .singleElement()
        .satisfies(provides -> {
          assertThat(provides.service()).isEqualTo(TransportProvider.class.getName());
          assertThat(provides.providers()).containsExactly(provider.getClass().getName());
        });
  }

  @Test
  void emptySectionMeansEverywhereWithIpv6WherePossible() {
    var section = new TestSection(Map.of());
    assertThat(provider.configure(section)).isEqualTo(UdpConfig.defaults());
    assertThat(section.problems()).isEmpty();
  }

  @Test
  void everyKeyIsHeeded() {
    var section =
        new TestSection(
            Map.of(
                "listen",
                List.of("192.0.2.1:1000", "[2001:db8::1]:1001"),
                "receive-buffer",
                100_000,
                "send-buffer",
                200_000,
                "offload",
                false));
    var expected =
        new UdpConfig(
            List.of(Endpoint.parse("192.0.2.1:1000"), Endpoint.parse("[2001:db8::1]:1001")),
            false,
            100_000,
            200_000,
            false);
    assertThat(provider.configure(section)).isEqualTo(expected);
    assertThat(section.problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "example.org:1", "[::1]", "1.2.3.4:70000", ""})
  void listenTakesAddressesWithPortsOnly(String text) {
    var section = new TestSection(Map.of("listen", List.of(text)));
    assertThat(provider.configure(section).listen()).isNotEmpty();
    assertThat(section.problems()).hasSize(1).first().asString().startsWith("listen");
  }

  @Test
  void listenIsNotEmptyAndNamesNothingTwice() {
    var empty = new TestSection(Map.of("listen", List.of()));
    provider.configure(empty);
    assertThat(empty.problems()).singleElement().asString().contains("at least one address");
    var twice = new TestSection(Map.of("listen", List.of("1.2.3.4:5", "0.0.0.0:0", "1.2.3.4:5")));
    provider.configure(twice);
    assertThat(twice.problems()).singleElement().asString().contains("twice");
    var any = new TestSection(Map.of("listen", List.of("0.0.0.0:0", "0.0.0.0:0")));
    provider.configure(any);
    assertThat(any.problems()).isEmpty();
  }

  @Test
  void buffersHaveARange() {
    var section = new TestSection(Map.of("receive-buffer", 1, "send-buffer", Integer.MAX_VALUE));
    assertThat(provider.configure(section)).isEqualTo(UdpConfig.defaults());
    assertThat(section.problems()).hasSize(2);
  }

  @Test
  void creatingOpensNothing(@TempDir Path directory) {
    try (var context = new TestContext("udp", directory);
        var transport = provider.create(UdpConfig.defaults(), context)) {
      assertThat(transport.listening()).isEmpty();
      assertThat(transport.status()).containsEntry("listening", List.of());
      assertThat(transport.status()).containsEntry("gso", false);
    }
  }

  @Test
  void thisMachineIsSupported() {
    if (System.getProperty("os.name").equals("Linux")) {
      assertThat(provider.unsupportedBecause()).isEmpty();
    } else {
      assertThat(provider.unsupportedBecause().orElseThrow()).contains("Linux");
    }
  }
}
