package dev.gatehouse.crypto;

import dev.gatehouse.api.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The section {@code [tunnel]}.
 *
 * @param privateKeyFile where the private key is; empty for {@code tunnel.key} in the state
 *     directory, which is made if it is not there
 * @param disconnectAfter how long a peer may say nothing before it counts as disconnected
 * @param aead which implementation seals and opens packets
 * @param handshakesPerSecond how many handshake messages a second are answered before their senders
 *     have to prove with a cookie that they receive where they send from; from 10 to 100 000
 * @param postQuantum whether to agree with other Gatehouses on pre-shared keys by ML-KEM-768
 */
public record TunnelConfig(
    Optional<Path> privateKeyFile,
    Duration disconnectAfter,
    AeadChoice aead,
    int handshakesPerSecond,
    boolean postQuantum) {

  /** How long a peer may say nothing unless configured otherwise. */
  public static final Duration DEFAULT_DISCONNECT_AFTER = Duration.ofMinutes(3);

  /** How many handshake messages a second are answered unasked unless configured otherwise. */
  public static final int DEFAULT_HANDSHAKES_PER_SECOND = 500;

  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofHours(1);

  /** Reads the section. */
  public static TunnelConfig read(ConfigReader section) {
    return new TunnelConfig(
        section
            .path("private-key-file")
            .describedAs(
                "File with the gateway's private key, readable by its owner only; tunnel.key in the"
                    + " state directory unless given, which is made when it is missing.")
            .optional(),
        section
            .duration("disconnect-after")
            .describedAs(
                "How long a client may say nothing before it counts as disconnected; it keeps its"
                    + " authorizations.")
            .must(
                time -> time.compareTo(SHORTEST) >= 0 && time.compareTo(LONGEST) <= 0,
                "be from 1s to 1h")
            .live()
            .orElse(DEFAULT_DISCONNECT_AFTER),
        section
            .parsed("aead", "AEAD engine", AeadChoice::parse)
            .describedAs(
                "What seals and opens packets: openssl, jdk or bouncycastle, of which auto takes the"
                    + " first that works, or ipsec-mb.")
            .orElse(AeadChoice.AUTO),
        section
            .integer("handshakes-per-second")
            .describedAs(
                "How many handshake messages a second are answered before their senders have to"
                    + " prove with a cookie that they receive where they send from.")
            .between(10, 100_000)
            .live()
            .orElse(DEFAULT_HANDSHAKES_PER_SECOND),
        section
            .flag("post-quantum")
            .describedAs(
                "Whether to agree with other Gatehouses that do the same on pre-shared keys by"
                    + " ML-KEM-768, so that recorded traffic stays secret even if X25519 falls.")
            .orElse(false));
  }
}
