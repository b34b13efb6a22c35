package dev.gatehouse.admin.core.uapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AnswerTest {

  private final Answer answer = new Answer();

  private String text() {
    return StandardCharsets.US_ASCII.decode(answer.bytes()).toString();
  }

  private static byte[] filled(int octet) {
    var bytes = new byte[32];
    Arrays.fill(bytes, (byte) octet);
    return bytes;
  }

  /** The keys and their order are those of wireguard-go. */
  @Test
  void aDeviceAndItsPeersLookAsTheReferenceWritesThem() {
    answer.device(Optional.of(SecretKey.of(filled(0x0f))), Optional.of(51820));
    answer.peer(
        new Answer.PeerView(
            PublicKey.of(filled(0xa1)),
            Optional.of(SecretKey.of(filled(0xb2))),
            Optional.of(Endpoint.parse("[2001:db8::1]:7")),
            Optional.of(Instant.ofEpochSecond(1_700_000_000, 5)),
            11,
            22,
            Optional.of(Duration.ofSeconds(25)),
            List.of(IpAddress.parse("100.64.0.2"), IpAddress.parse("fd00::2"))));
    answer.peer(
        new Answer.PeerView(
            PublicKey.of(filled(0xc3)),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            0,
            0,
            Optional.of(Duration.ofMillis(300)),
            List.of()));
    answer.succeeds();
    assertThat(text())
        .isEqualTo(
            """
            private_key=%s
            listen_port=51820
            public_key=%s
            preshared_key=%s
            protocol_version=1
            endpoint=[2001:db8::1]:7
            last_handshake_time_sec=1700000000
            last_handshake_time_nsec=5
            tx_bytes=11
            rx_bytes=22
            persistent_keepalive_interval=25
            allowed_ip=100.64.0.2/32
            allowed_ip=fd00::2/128
            public_key=%s
            preshared_key=%s
            protocol_version=1
            last_handshake_time_sec=0
            last_handshake_time_nsec=0
            tx_bytes=0
            rx_bytes=0
            persistent_keepalive_interval=1
            errno=0

            """
                .formatted(
                    "0f".repeat(32),
                    "a1".repeat(32),
                    "b2".repeat(32),
                    "c3".repeat(32),
                    "00".repeat(32)));
  }

  @Test
  void errorsAreNegativeNumbersAsInTheReference() {
    answer.fails(Errno.INVALID);
    assertThat(text()).isEqualTo("errno=-22\n\n");
  }

  @Test
  void closingOverwritesTheKeys() {
    answer.device(Optional.of(SecretKey.of(filled(0x0f))), Optional.empty());
    var bytes = answer.bytes().array();
    answer.close();
    assertThat(bytes).containsOnly(0);
    assertThat(answer.bytes().remaining()).isZero();
  }
}
