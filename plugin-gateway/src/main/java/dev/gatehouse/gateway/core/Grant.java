package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Resource;

/**
 * An authorization of one client, compiled.
 *
 * @param resource what may be reached
 * @param filter the resource's filters
 * @param expiresAt from when on it no longer counts, in nanoseconds as {@link WallClock} counts
 */
public record Grant(Resource resource, PortFilter filter, long expiresAt) {

  /** Whether it counts at this moment. */
  public boolean isActiveAt(long wallNanos) {
    return wallNanos < expiresAt;
  }
}
