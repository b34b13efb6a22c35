package dev.gatehouse.admin.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.TunnelAddresses;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressPlanTest {

  private static AddressPlan plan(String network, String gateway) {
    return new AddressPlan(
        List.of(Cidr.parse(network)), TunnelAddresses.of(List.of(IpAddress.parse(gateway))));
  }

  private static List<String> allOf(AddressPlan plan) {
    var taken = new HashSet<IpAddress>();
    var given = new ArrayList<String>();
    while (true) {
      try {
        var address = plan.lowestFree(taken).all().getFirst();
        taken.add(address);
        given.add(address.toString());
      } catch (GatehouseException e) {
        return given;
      }
    }
  }

  @Test
  void everyUsableAddressIsGivenOnceInOrder() {
    assertThat(allOf(plan("10.0.0.0/29", "10.0.0.3")))
        .containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.4", "10.0.0.5", "10.0.0.6");
    assertThat(allOf(plan("fd00::/126", "fd00::1"))).containsExactly("fd00::2", "fd00::3");
  }

  @Test
  void tinyNetworksHaveNoSpecialAddresses() {
    assertThat(allOf(plan("10.0.0.0/31", "10.0.0.0"))).containsExactly("10.0.0.1");
    assertThat(allOf(plan("10.0.0.9/32", "10.0.0.9"))).isEmpty();
    assertThat(allOf(plan("fd00::/127", "fd00::"))).containsExactly("fd00::1");
  }

  @Test
  void lastNetworkOfFamilyEndsThere() {
    assertThat(allOf(plan("255.255.255.252/30", "255.255.255.253")))
        .containsExactly("255.255.255.254");
    assertThat(
            allOf(
                plan(
                    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127",
                    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")))
        .containsExactly("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  }

  @Test
  void hugeNetworkIsAnsweredAtOnce() {
    assertThat(plan("fd00::/8", "fd00::1").lowestFree(Set.of()).all())
        .containsExactly(IpAddress.parse("fd00::2"));
  }

  @Test
  void twoAddressesOfOneFamilyAreRefused() {
    assertThatThrownBy(() ->
            plan("10.0.0.0/24", "10.0.0.1")
                .checked(List.of(IpAddress.parse("10.0.0.2"), IpAddress.parse("10.0.0.3"))))
        .hasMessageContaining("at most one IPv4");
  }

  @Test
  void noNetworkIsSentence() {
    var plan = new AddressPlan(List.of(), TunnelAddresses.of(List.of(IpAddress.parse("10.0.0.1"))));
    assertThatThrownBy(() -> plan.lowestFree(Set.of())).isInstanceOf(GatehouseException.class);
  }
}
