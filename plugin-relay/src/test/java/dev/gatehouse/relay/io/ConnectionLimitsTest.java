package dev.gatehouse.relay.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import org.junit.jupiter.api.Test;

class ConnectionLimitsTest {

  private final ConnectionLimits limits = new ConnectionLimits(5, 2);

  private boolean admit(String address) {
    var from = IpAddress.parse(address);
    return limits.admit(from.high(), from.low());
  }

  private void leave(String address) {
    var from = IpAddress.parse(address);
    limits.leave(from.high(), from.low());
  }

  @Test
  void aPrefixHasItsShareAndNoMore() {
    assertThat(admit("192.0.2.1")).isTrue();
    assertThat(admit("192.0.2.200")).isTrue();
    assertThat(admit("192.0.2.3")).isFalse();
    assertThat(admit("192.0.3.1")).isTrue();
    assertThat(admit("2001:db8::1")).isTrue();
    assertThat(limits.connections()).isEqualTo(4);
  }

  @Test
  void allTogetherAreBounded() {
    for (int i = 0; i < 5; i++) {
      assertThat(admit("10.0." + i + ".1")).isTrue();
    }
    assertThat(admit("10.0.9.1")).isFalse();
    leave("10.0.0.1");
    assertThat(admit("10.0.9.1")).isTrue();
  }

  @Test
  void whoeverLeavesGivesThePlaceBack() {
    for (int i = 0; i < 100; i++) {
      assertThat(admit("2001:db8:0:100::1")).isTrue();
      assertThat(admit("2001:db8:0:1ff::1")).as("the same /56").isTrue();
      assertThat(admit("2001:db8:0:1ff::2")).isFalse();
      leave("2001:db8:0:100::1");
      leave("2001:db8:0:1ff::1");
    }
    assertThat(limits.connections()).isZero();
  }
}
