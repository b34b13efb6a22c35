package dev.gatehouse.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.Seeds;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

  @Test
  void clearsHostBits() {
    assertThat(Cidr.parse("10.1.2.3/8")).hasToString("10.0.0.0/8");
    assertThat(Cidr.parse("2001:db8:1:2::3/48")).hasToString("2001:db8:1::/48");
    assertThat(Cidr.parse("10.1.2.3")).hasToString("10.1.2.3/32");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "/8"})
  void refusesWhatIsNotANetwork(String text) {
    assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(GatehouseException.class);
  }

  @Test
  void neverContainsTheOtherFamily() {
    assertThat(Cidr.parse("::/0").contains(IpAddress.parse("10.0.0.1"))).isFalse();
    assertThat(Cidr.parse("0.0.0.0/0").contains(IpAddress.parse("::1"))).isFalse();
  }

  @Test
  void containsWhatBigIntegersSayItContains() {
    var random = Seeds.random("CidrTest");
    for (int i = 0; i < 50_000; i++) {
      var network = new byte[random.nextBoolean() ? 4 : 16];
      random.nextBytes(network);
      var other = network.clone();
      other[random.nextInt(other.length)] ^= (byte) (1 << random.nextInt(8));
      int prefix = random.nextInt(network.length * 8 + 1);
      int shift = network.length * 8 - prefix;
      boolean expected =
          new BigInteger(1, network)
              .shiftRight(shift)
              .equals(new BigInteger(1, other).shiftRight(shift));
      assertThat(new Cidr(IpAddress.of(network), prefix).contains(IpAddress.of(other)))
          .isEqualTo(expected);
    }
  }
}
