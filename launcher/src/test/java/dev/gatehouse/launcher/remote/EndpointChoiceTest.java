package dev.gatehouse.launcher.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class EndpointChoiceTest {

  private static List<Endpoint> listening(String... endpoints) {
    return Stream.of(endpoints).map(Endpoint::parse).toList();
  }

  private static List<IpAddress> local(String... addresses) {
    return Stream.of(addresses).map(IpAddress::parse).toList();
  }

  @Test
  void namedEndpointKeepsItsPortOrGetsTheGateways() {
    assertThat(EndpointChoice.named("vpn.example.com:4000", 51820).text())
        .isEqualTo("vpn.example.com:4000");
    assertThat(EndpointChoice.named("vpn.example.com", 51820).text())
        .isEqualTo("vpn.example.com:51820");
    assertThat(EndpointChoice.named("[2001:db8::1]", 51820).text())
        .isEqualTo("[2001:db8::1]:51820");
    assertThat(EndpointChoice.named("192.0.2.1:1", 51820).guessed()).isFalse();
  }

  @Test
  void nonsenseIsNoEndpoint() {
    for (var text :
        List.of("", ":1", "a:0", "a:65536", "a:b", "a b", "2001:db8::1", "[x]:1", "a\nb:1")) {
      assertThatThrownBy(() -> EndpointChoice.named(text, 51820))
          .as(text)
          .isInstanceOf(GatehouseException.class);
    }
  }

  @Test
  void addressTheGatewayListensOnIsTaken() {
    assertThat(
            EndpointChoice.found(
                listening("0.0.0.0:1", "198.51.100.7:2"), local("192.0.2.1"), List.of()))
        .isEqualTo(new EndpointChoice("198.51.100.7:2", false));
  }

  @Test
  void otherwiseAnAddressOfThisMachineThatIsNotTheTunnels() {
    assertThat(
            EndpointChoice.found(
                listening("0.0.0.0:51820", "[::]:51820"),
                local("2001:db8::1", "10.99.0.1", "192.0.2.1"),
                List.of(Cidr.parse("10.99.0.0/24"))))
        .isEqualTo(new EndpointChoice("192.0.2.1:51820", true));
    assertThat(
            EndpointChoice.found(
                    listening("[::]:51820"), local("192.0.2.1", "2001:db8::1"), List.of())
                .text())
        .isEqualTo("[2001:db8::1]:51820");
  }

  @Test
  void withoutAnyTheOperatorIsAsked() {
    assertThatThrownBy(() -> EndpointChoice.found(listening("0.0.0.0:51820"), local(), List.of()))
        .hasMessageEndingWith("Say it with --endpoint HOST:PORT.");
  }
}
