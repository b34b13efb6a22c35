package dev.gatehouse.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.testkit.TestSection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RelayProviderTest {

  private static final Map<String, Object> LEAST = Map.of("secret-file", "/etc/secret");

  private final RelayProvider provider = new RelayProvider();

  private static Map<String, Object> with(String key, Object value) {
    var values = new java.util.HashMap<>(LEAST);
    values.put(key, value);
    return values;
  }

  private List<String> problems(Map<String, Object> values) {
    var section = new TestSection(values);
    provider.configure(section);
    return section.problems();
  }

  @Test
  void theDefaultsAreThoseOfTheDocumentation() {
    var section = new TestSection(LEAST);
    var config = provider.configure(section);

    assertThat(section.problems()).isEmpty();
    assertThat(config.listening().plain())
        .containsExactly(Endpoint.parse("0.0.0.0:3478"), Endpoint.parse("[::]:3478"));
    assertThat(config.listening().optionalIpv6()).isTrue();
    assertThat(config.listening().tcp()).isTrue();
    assertThat(config.addresses().lowestPort()).isEqualTo(49_152);
    assertThat(config.addresses().highestPort()).isEqualTo(65_535);
    assertThat(config.access().secretFile()).contains(Path.of("/etc/secret"));
    assertThat(config.peers().privatePeers()).isFalse();
    assertThat(config.peers().localPeers()).isFalse();
    assertThat(config.quirks().wideChannels()).isFalse();
    assertThat(config.times().drain()).isEqualTo(Duration.ofMinutes(5));
    assertThat(config.monitor()).contains(Endpoint.parse("127.0.0.1:9641"));
  }

  @Test
  void firezonesUsersHaveOneAllocationThatTheNextReplaces() {
    var config = provider.configure(new TestSection(Map.of("firezone-secret-file", "/etc/secret")));

    assertThat(config.quotas().allocationsPerUser()).isEqualTo(1);
    assertThat(config.quotas().replaceOldest()).isTrue();
  }

  @Test
  void aRelayForNobodyIsAProblem() {
    assertThat(problems(Map.of())).anyMatch(text -> text.contains("nobody could use this relay"));
  }

  @Test
  void tlsNeedsCertificateAndKey() {
    assertThat(problems(with("tls-listen", List.of("0.0.0.0:5349"))))
        .anyMatch(text -> text.contains("needs a certificate"))
        .anyMatch(text -> text.contains("private key"));
  }

  @Test
  void onePublicAddressPerFamily() {
    assertThat(problems(with("public-addresses", List.of("192.0.2.1", "192.0.2.2"))))
        .anyMatch(text -> text.contains("one address per family"));
    var config =
        provider.configure(
            new TestSection(with("public-addresses", List.of("192.0.2.1", "2001:db8::1"))));
    assertThat(config.addresses().visible())
        .containsExactly(IpAddress.parse("192.0.2.1"), IpAddress.parse("2001:db8::1"));
  }

  @Test
  void rangesOfPortsAreRangesOfPorts() {
    for (var wrong : List.of("5", "5-", "a-b", "2000-1000", "80-90", "2000-70000")) {
      assertThat(problems(with("ports", wrong))).as(wrong).isNotEmpty();
    }
    var config = provider.configure(new TestSection(with("ports", "20000-20001")));
    assertThat(config.addresses().highestPort()).isEqualTo(20_001);
  }

  @Test
  void lifetimesAscend() {
    assertThat(problems(with("allocation-lifetime", "2h")))
        .anyMatch(text -> text.contains("from shortest-allocation to longest-allocation"));
  }

  @Test
  void theMonitorCanBeTurnedOff() {
    var config = provider.configure(new TestSection(with("monitored", false)));

    assertThat(config.monitor()).isEmpty();
  }
}
