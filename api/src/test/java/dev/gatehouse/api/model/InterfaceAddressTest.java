package dev.gatehouse.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InterfaceAddressTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "100.64.0.1/16",
        "10.0.0.1/31",
        "10.0.0.0/31",
        "10.0.0.1/32",
        "fd00:6a7e::1/64",
        "fd00::/127",
        "fd00::1/128"
      })
  void addressesOfHostsAreTakenWithTheirHostBits(String text) {
    assertThat(InterfaceAddress.parse(text)).hasToString(text);
  }

  @Test
  void theNetworkHasNoHostBits() {
    assertThat(InterfaceAddress.parse("100.64.3.1/16").network()).hasToString("100.64.0.0/16");
    assertThat(InterfaceAddress.parse("fd00::7/64").network()).hasToString("fd00::/64");
  }

  @ParameterizedTest
  @CsvSource({
    "100.64.0.0/16, 100.64.0.1/16",
    "fd00::/64, fd00::1/64",
    "100.64.255.255/16, another address",
    "100.64.0.1, Write it like",
    "100.64.0.1/33, from 1 to 32",
    "fd00::1/0, from 1 to 128",
    "127.0.0.1/8, unicast",
    "::1/128, unicast",
    "224.0.0.1/24, unicast",
    "0.0.0.0/8, unicast",
    "gateway/24, IP address",
    "10.0.0.1/2x, Write it like",
    "10.0.0.1/-1, Write it like"
  })
  void anythingElseIsRefusedWithTheFix(String text, String fix) {
    assertThatThrownBy(() -> InterfaceAddress.parse(text))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining(
            text.substring(0, text.indexOf('/') < 0 ? text.length() : text.indexOf('/')))
        .message()
        .contains(fix);
  }
}
