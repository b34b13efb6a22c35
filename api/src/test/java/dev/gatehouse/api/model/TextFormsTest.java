package dev.gatehouse.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextFormsTest {

  @ParameterizedTest
  @ValueSource(strings = {"tcp/443", "udp/5000-5100", "tcp", "udp", "icmp"})
  void filtersReadTheirOwnTextForm(String text) {
    assertThat(Filter.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "tcp/", "tcp/70000", "tcp/5-4", "sctp/1", "icmp/8", "tcp/1/2", "tcp/-1"})
  void malformedFiltersAreRefused(String text) {
    assertThatThrownBy(() -> Filter.parse(text)).isInstanceOf(GatehouseException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/8", "fd00::/48", "internet", "git.example.com", "**.example.com"})
  void destinationsReadTheirOwnTextForm(String text) {
    assertThat(Destination.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0", "a b", ".example.com", "a..b", "10.0.0.0/40"})
  void malformedDestinationsAreRefused(String text) {
    assertThatThrownBy(() -> Destination.parse(text)).isInstanceOf(GatehouseException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1:51820", "[2001:db8::1]:51820", "0.0.0.0:0"})
  void endpointsReadTheirOwnTextForm(String text) {
    assertThat(Endpoint.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "192.0.2.1", "192.0.2.1:", "2001:db8::1:51820", "192.0.2.1:70000", "host:1"})
  void malformedEndpointsAreRefused(String text) {
    assertThatThrownBy(() -> Endpoint.parse(text)).isInstanceOf(GatehouseException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "-a", "a-", "a/b", "../a", "a b", "é"})
  void unusableIdsAreRefused(String text) {
    assertThatThrownBy(() -> new ClientId(text)).isInstanceOf(GatehouseException.class);
    assertThatThrownBy(() -> new ResourceId(text)).isInstanceOf(GatehouseException.class);
  }

  @Test
  void secretsAreNeitherPrintedNorKeptAfterClosing() {
    var bytes = new byte[32];
    bytes[0] = 42;
    var text = Base64.getEncoder().encode(bytes);
    var key = SecretKey.parse(text);
    assertThat(key).hasToString("(secret)").isEqualTo(SecretKey.of(bytes));
    assertThat(key.toBase64()).isEqualTo(text);
    key.close();
    assertThatThrownBy(key::toBase64).isInstanceOf(IllegalStateException.class);
    assertThat(key).isEqualTo(SecretKey.of(new byte[32]));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "abc", "not base64 at all!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
  void malformedKeysAreRefusedWithoutRepeatingThem(String text) {
    assertThatThrownBy(() -> SecretKey.parse(text.getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOf(GatehouseException.class)
        .message()
        .satisfies(message -> assertThat(text.isEmpty() || !message.contains(text)).isTrue());
    assertThatThrownBy(() -> PublicKey.parse(text)).isInstanceOf(GatehouseException.class);
  }

  @Test
  void anAuthorizationDoesNotCountAtTheMomentItExpires() {
    var at = Instant.parse("2026-01-01T00:00:00Z");
    var key = new AuthorizationKey(new ClientId("alice"), new ResourceId("web"));
    var authorization = new Authorization(key, at.minusSeconds(60), Optional.of(at), "test");
    assertThat(authorization.isActiveAt(at.minusNanos(1))).isTrue();
    assertThat(authorization.isActiveAt(at)).isFalse();
  }
}
