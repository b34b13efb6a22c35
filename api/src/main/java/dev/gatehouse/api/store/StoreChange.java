package dev.gatehouse.api.store;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;

/**
 * One durable change, in the order of versions.
 *
 * @since 0.1.0
 */
public sealed interface StoreChange {

  /** The version that wrote it. Changes made together may share a version. */
  long version();

  /**
   * A client was created or updated.
   *
   * @param client what is stored now
   * @param version the version
   */
  record ClientPut(Client client, long version) implements StoreChange {}

  /**
   * A client was removed, and all its authorizations with it.
   *
   * @param client which
   * @param version the version
   */
  record ClientRemoved(ClientId client, long version) implements StoreChange {}

  /**
   * A resource was created or updated.
   *
   * @param resource what is stored now
   * @param version the version
   */
  record ResourcePut(Resource resource, long version) implements StoreChange {}

  /**
   * A resource was removed, and all authorizations for it with it.
   *
   * @param resource which
   * @param version the version
   */
  record ResourceRemoved(ResourceId resource, long version) implements StoreChange {}

  /**
   * An authorization was granted or its expiry changed.
   *
   * @param authorization what is stored now
   * @param version the version
   */
  record AuthorizationPut(Authorization authorization, long version) implements StoreChange {}

  /**
   * An authorization ended.
   *
   * @param key which
   * @param reason why
   * @param version the version
   */
  record AuthorizationRemoved(AuthorizationKey key, EndReason reason, long version)
      implements StoreChange {}

  /**
   * Changes are missing, because they are older than what the store remembers: read a {@link
   * AuthorizationStore#snapshot} and go on from its version.
   *
   * @param version the oldest version from which changes are known
   */
  record Gap(long version) implements StoreChange {}
}
