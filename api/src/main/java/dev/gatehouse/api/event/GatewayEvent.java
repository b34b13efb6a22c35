package dev.gatehouse.api.event;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import java.time.Instant;
import java.util.List;

/**
 * Something that happened. Events are immutable and published by reference at {@code
 * gatehouse.events.<Type>}; any of them may be lost, so whoever must know re-reads the truth.
 *
 * @since 0.1.0
 */
public sealed interface GatewayEvent {

  /** When it happened, by the wall clock. */
  Instant at();

  /** Events of connections, published by the tunnel. They say nothing about authorizations. */
  sealed interface PeerEvent extends GatewayEvent {

    /** Whose connection. */
    ClientId client();

    /** The peer's static public key. */
    PublicKey publicKey();
  }

  /**
   * A session was established where there was none.
   *
   * @param at when
   * @param client whose connection
   * @param publicKey its key
   * @param remote where the peer is
   */
  record PeerConnected(Instant at, ClientId client, PublicKey publicKey, Endpoint remote)
      implements PeerEvent {}

  /**
   * The connection is gone. No authorization ends by this.
   *
   * @param at when
   * @param client whose connection
   * @param publicKey its key
   * @param reason why
   */
  record PeerDisconnected(Instant at, ClientId client, PublicKey publicKey, DisconnectReason reason)
      implements PeerEvent {}

  /**
   * Authenticated data came by a new path.
   *
   * @param at when
   * @param client whose connection
   * @param publicKey its key
   * @param remote where the peer is now
   */
  record PeerRoamed(Instant at, ClientId client, PublicKey publicKey, Endpoint remote)
      implements PeerEvent {}

  /** Events of authorizations, published by the store after they are durable. */
  sealed interface AuthorizationEvent extends GatewayEvent {

    /** The store's version that contains the change. */
    long version();
  }

  /**
   * Access was granted.
   *
   * @param at when
   * @param authorization what was granted
   * @param version the store's version
   */
  record AuthorizationGranted(Instant at, Authorization authorization, long version)
      implements AuthorizationEvent {}

  /**
   * The expiry was changed.
   *
   * @param at when
   * @param authorization with the new expiry
   * @param version the store's version
   */
  record AuthorizationExtended(Instant at, Authorization authorization, long version)
      implements AuthorizationEvent {}

  /**
   * Access was revoked.
   *
   * @param at when
   * @param key whose and to what
   * @param version the store's version
   */
  record AuthorizationRevoked(Instant at, AuthorizationKey key, long version)
      implements AuthorizationEvent {}

  /**
   * Access ran out.
   *
   * @param at when
   * @param key whose and to what
   * @param version the store's version
   */
  record AuthorizationExpired(Instant at, AuthorizationKey key, long version)
      implements AuthorizationEvent {}

  /**
   * The store was brought in line with an authoritative list.
   *
   * @param at when
   * @param removed how many authorizations were not on the list
   * @param updated how many got another expiry
   * @param version the store's version
   */
  record Reconciled(Instant at, int removed, int updated, long version)
      implements AuthorizationEvent {}

  /**
   * The configuration was read again and what can be changed while running was changed.
   *
   * @param at when
   * @param origin who asked for it, for example {@code SIGHUP} or the id of a plugin
   * @param changed the keys whose new values count from now on, as {@code section.key}
   * @param afterRestart the keys whose new values wait for the next start
   * @since 0.1.0
   */
  record ConfigurationChanged(
      Instant at, String origin, List<String> changed, List<String> afterRestart)
      implements GatewayEvent {

    /** Copies the lists. */
    public ConfigurationChanged {
      changed = List.copyOf(changed);
      afterRestart = List.copyOf(afterRestart);
    }
  }

  /** Events of plugins, published by the launcher. */
  sealed interface PluginEvent extends GatewayEvent {

    /** The plugin's id. */
    String plugin();
  }

  /**
   * A plugin is up.
   *
   * @param at when
   * @param plugin its id
   */
  record PluginStarted(Instant at, String plugin) implements PluginEvent {}

  /**
   * A plugin could not start or failed while running.
   *
   * @param at when
   * @param plugin its id
   * @param message one sentence, without secrets
   */
  record PluginFailed(Instant at, String plugin, String message) implements PluginEvent {}
}
