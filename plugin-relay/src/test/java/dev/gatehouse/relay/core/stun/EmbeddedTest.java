package dev.gatehouse.relay.core.stun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddedTest {

  @ParameterizedTest
  @CsvSource({
    "::10.0.0.1, 10.0.0.1, true",
    "::ffff:0:10.0.0.1, 10.0.0.1, true",
    "64:ff9b::10.0.0.1, 10.0.0.1, true",
    "64:ff9b:1::10.0.0.1, 10.0.0.1, true",
    "64:ff9b:1:abcd::10.0.0.1, 10.0.0.1, true",
    "2002:a00:1::, 10.0.0.1, true",
    "2002:a00:1:1:2:3:4:5, 10.0.0.1, true",
    "2001:0:53aa:64c:0:1234:f5ff:fffe, 10.0.0.1, true",
    "2001:db9::5efe:10.0.0.1, 10.0.0.1, false",
    "2001:db9::200:5efe:10.0.0.1, 10.0.0.1, false"
  })
  void embeddedAddressesAreFound(String address, String inside, boolean transition) {
    var parsed = IpAddress.parse(address);
    assertThat(Embedded.v4(parsed.high(), parsed.low()))
        .isEqualTo(IpAddress.parse(inside).v4Value() & 0xffff_ffffL);
    assertThat(Embedded.isTransition(parsed.high(), parsed.low())).isEqualTo(transition);
  }

  @ParameterizedTest
  @CsvSource({"2001:db8::1", "2606:4700::1111", "fd00::1", "fe80::1", "2003::1", "2001:1::1"})
  void ordinaryAddressesHoldNone(String address) {
    var parsed = IpAddress.parse(address);
    assertThat(Embedded.v4(parsed.high(), parsed.low())).isEqualTo(Embedded.NONE);
    assertThat(Embedded.isTransition(parsed.high(), parsed.low())).isFalse();
    assertThat(Embedded.isMapped(parsed.high(), parsed.low())).isFalse();
  }
}
