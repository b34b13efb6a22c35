package dev.gatehouse.api.model;

import java.util.Comparator;

/**
 * What identifies an authorization: who may reach what.
 *
 * @param client the client
 * @param resource the resource
 * @since 0.1.0
 */
public record AuthorizationKey(ClientId client, ResourceId resource)
    implements Comparable<AuthorizationKey> {

  private static final Comparator<AuthorizationKey> ORDER =
      Comparator.comparing(AuthorizationKey::client).thenComparing(AuthorizationKey::resource);

  @Override
  public int compareTo(AuthorizationKey other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return client + "→" + resource;
  }
}
