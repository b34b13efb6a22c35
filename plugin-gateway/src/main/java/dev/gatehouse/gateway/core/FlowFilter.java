package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import org.jspecify.annotations.Nullable;

/**
 * Which flows somebody wants to see.
 *
 * @param client whose; null for everybody's
 * @param resource by which resource; null for all and none
 * @param deniedOnly whether only refused ones
 */
public record FlowFilter(
    @Nullable ClientId client, @Nullable ResourceId resource, boolean deniedOnly) {

  /** Whether a flow is wanted. */
  public boolean matches(ClientId whose, Verdict verdict, @Nullable Resource by) {
    return (client == null || client.equals(whose))
        && (resource == null || (by != null && resource.equals(by.id())))
        && !(deniedOnly && verdict == Verdict.ALLOWED);
  }

  /** Whether a flow is wanted. */
  public boolean matches(FlowRecord flow) {
    return matches(flow.client(), flow.verdict(), flow.resource());
  }
}
