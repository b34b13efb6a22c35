package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import java.util.Collection;
import java.util.List;

/** Which resources a name belongs to, and which addresses a name may have. */
public final class NameRules {

  private static final List<Cidr> NEVER =
      List.of(
              "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4",
              "::/128 ::1/128 fe80::/10 ff00::/8")
          .stream()
          .flatMap(line -> List.of(line.split(" ", -1)).stream())
          .map(Cidr::parse)
          .toList();

  private final List<Cidr> own;

  /**
   * Rules of a gateway.
   *
   * @param surroundings its own networks, into which no name may lead
   */
  public NameRules(PolicyTable.Surroundings surroundings) {
    own =
        java.util.stream.Stream.concat(
                surroundings.networks().stream(), surroundings.proxies().stream())
            .toList();
  }

  /** Whether a resource covers a name. */
  public static boolean covers(Resource resource, String domain) {
    return resource.destination() instanceof Destination.DnsName(var pattern)
        && !domain.isEmpty()
        && DomainPattern.of(pattern).matches(domain);
  }

  /** The client's active grants that cover a name, the most specific pattern first. */
  public static List<Grant> covering(ClientPolicy client, String domain, long wallNanos) {
    return client.dns().stream()
        .filter(grant -> grant.isActiveAt(wallNanos) && covers(grant.resource(), domain))
        .sorted(java.util.Comparator.comparing(grant -> DomainPattern.of(pattern(grant))))
        .toList();
  }

  /** The pattern of a grant for names. */
  public static String pattern(Grant grant) {
    return grant.resource().destination().toString();
  }

  /**
   * Leaves out addresses that a name must not lead to, whoever its name server is: the gateway
   * itself and its neighbours on the link, clients, and proxy addresses.
   */
  public List<IpAddress> usable(Collection<IpAddress> resolved) {
    return resolved.stream()
        .distinct()
        .filter(address ->
            NEVER.stream().noneMatch(network -> network.contains(address))
                && own.stream().noneMatch(network -> network.contains(address)))
        .sorted()
        .toList();
  }
}
