package dev.gatehouse.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.Seeds;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "fe80:0:0:0:0:0:0:0, fe80::"
  })
  void writesTheCanonicalTextForm(String given, String canonical) {
    assertThat(IpAddress.parse(given)).hasToString(canonical);
  }

  @Test
  void mappedIpv6IsTheIpv4Address() {
    var mapped = new byte[16];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    mapped[12] = 10;
    mapped[15] = 7;
    assertThat(IpAddress.of(mapped)).isEqualTo(IpAddress.parse("10.0.0.7"));
    assertThat(IpAddress.of(mapped).isV4()).isTrue();
    assertThat(IpAddress.of(mapped).bytes()).hasSize(4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.com",
        "10.0.0",
        "010.0.0.1",
        "10.0.0.1.",
        "0x0a.0.0.1",
        ":",
        "fe80::1%1",
        "10.0.0.256",
        "fe80::1%eth0x",
        "1::2::3",
        "[::1]"
      })
  void refusesWhatIsNotALiteral(String text) {
    assertThatThrownBy(() -> IpAddress.parse(text)).isInstanceOf(GatehouseException.class);
  }

  @Test
  void textAndBytesRoundTripAndAgreeWithTheJdk() throws UnknownHostException {
    var random = Seeds.random("IpAddressTest");
    for (int i = 0; i < 20_000; i++) {
      var bytes = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(bytes);
      if (bytes.length == 16) {
        for (int word = 0; word < 16; word += 2) {
          if (random.nextBoolean()) {
            bytes[word] = 0;
            bytes[word + 1] = 0;
          }
        }
      }
      var address = IpAddress.of(bytes);
      assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
      assertThat(address.toInetAddress()).isEqualTo(InetAddress.getByAddress(bytes));
      assertThat(address.isMulticast())
          .isEqualTo(InetAddress.getByAddress(bytes).isMulticastAddress());
    }
  }
}
