package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A peer's connection at one moment.
 *
 * @param handle its handle
 * @param client whose peer it is
 * @param publicKey its key
 * @param connected whether it was heard of recently enough to count as connected
 * @param remote where it was last heard of
 * @param lastHandshake when the last handshake was completed
 * @param receivedBytes sealed bytes received and accepted
 * @param sentBytes sealed bytes sent
 * @param persistentKeepalive how often it is sent something when there is nothing to say; empty for
 *     never
 * @since 0.1.0
 */
public record PeerStatus(
    int handle,
    ClientId client,
    PublicKey publicKey,
    boolean connected,
    Optional<Endpoint> remote,
    Optional<Instant> lastHandshake,
    long receivedBytes,
    long sentBytes,
    Optional<Duration> persistentKeepalive) {}
