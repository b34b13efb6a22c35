package dev.gatehouse.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.TestSection;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NetworkProviderTest {

  @Test
  void setsUpAndMasqueradesUnlessToldOtherwise() {
    assertThat(new NetworkProvider().configure(new TestSection(Map.of())))
        .isEqualTo(new NetworkConfig(true, true));
    assertThat(
            new NetworkProvider()
                .configure(new TestSection(Map.of("setup", false, "masquerade", false))))
        .isEqualTo(new NetworkConfig(false, false));
  }

  @Test
  void standsBesideThePacketPath() {
    assertThat(new NetworkProvider().consumes()).isEmpty();
    assertThat(new NetworkProvider().id()).hasToString("network");
  }
}
