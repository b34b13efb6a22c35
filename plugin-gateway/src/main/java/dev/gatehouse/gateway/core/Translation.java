package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind one proxy address of one client: a name of the DNS, the real address new flows
 * go to, and the resources on whose behalf. Immutable.
 */
public final class Translation {

  private final String domain;
  private final IpAddress proxy;
  private final @Nullable IpAddress real;
  private final Member[] members;

  /**
   * A resource that covers the name.
   *
   * @param resource its id
   * @param pattern the pattern the name was matched by; a resource that was given another one since
   *     does not count any more
   */
  public record Member(ResourceId resource, String pattern) {}

  /**
   * A translation.
   *
   * @param real null if the name has no address of the proxy address's family
   */
  public Translation(
      String domain, IpAddress proxy, @Nullable IpAddress real, List<Member> members) {
    this.domain = domain;
    this.proxy = proxy;
    this.real = real;
    this.members = members.toArray(Member[]::new);
  }

  /** The name, in lower case and without a trailing dot. */
  public String domain() {
    return domain;
  }

  /** The address the client uses. */
  public IpAddress proxy() {
    return proxy;
  }

  /** The address new flows go to; null if there is none of this family. */
  public @Nullable IpAddress real() {
    return real;
  }

  /** The resources that cover the name. */
  public List<Member> members() {
    return List.of(members);
  }

  /** Whether the resource of a grant covers the name, as it is now. */
  boolean isFor(Grant grant) {
    var resource = grant.resource();
    if (!(resource.destination() instanceof Destination.DnsName name)) {
      return false;
    }
    for (var member : members) {
      if (member.resource().equals(resource.id()) && member.pattern().equals(name.pattern())) {
        return true;
      }
    }
    return false;
  }
}
