package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The packet rules once more, slow and plain: lists, streams, model types, no index and no memory.
 * It shares nothing with the engine but the names of the verdicts.
 */
final class Oracle {

  private static final Set<Integer> V4_ERRORS = Set.of(3, 4, 5, 11, 12);
  private static final List<Cidr> REJECTED =
      List.of(
              "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12",
              "192.168.0.0/16 224.0.0.0/4 240.0.0.0/4 ::/128 ::1/128 fc00::/7 fe80::/10 ff00::/8")
          .stream()
          .flatMap(line -> List.of(line.split(" ")).stream())
          .map(Cidr::parse)
          .toList();

  /** What the gateway knows. */
  record World(
      TunnelAddresses gateway,
      List<Cidr> networks,
      Collection<Client> clients,
      Map<ResourceId, Resource> resources,
      Collection<Authorization> authorizations,
      Instant now,
      boolean partitioned) {}

  /** What a packet says. The transport is empty if it is not there to be seen. */
  record Facts(
      int version,
      IpAddress source,
      IpAddress destination,
      int protocol,
      boolean firstPart,
      boolean sourceRouted,
      List<Integer> transport) {

    boolean icmp() {
      return protocol == (version == 4 ? 1 : 58);
    }

    boolean icmpError() {
      int type = transport.isEmpty() ? 255 : transport.getFirst();
      return firstPart && icmp() && (version == 4 ? V4_ERRORS.contains(type) : type < 128);
    }

    int port(int index) {
      return two(transport, 2 * index);
    }
  }

  /** The verdict and the resource that allowed it. */
  record Answer(Verdict verdict, Optional<ResourceId> resource) {
    static Answer of(Verdict verdict) {
      return new Answer(verdict, Optional.empty());
    }
  }

  private Oracle() {}

  static Optional<Facts> read(byte[] packet) {
    var octets = new ArrayList<Integer>();
    for (byte b : packet) {
      octets.add(b & 255);
    }
    if (octets.isEmpty()) {
      return Optional.empty();
    }
    return switch (octets.getFirst() / 16) {
      case 4 -> readV4(packet, octets);
      case 6 -> readV6(packet, octets);
      default -> Optional.empty();
    };
  }

  private static int two(List<Integer> octets, int at) {
    return octets.get(at) * 256 + octets.get(at + 1);
  }

  private static byte[] cut(byte[] from, int start, int end) {
    return java.util.Arrays.copyOfRange(from, start, end);
  }

  private static Optional<Facts> readV4(byte[] packet, List<Integer> octets) {
    if (octets.size() < 20 || two(octets, 2) != octets.size()) {
      return Optional.empty();
    }
    int header = octets.get(0) % 16 * 4;
    if (header < 20 || header > octets.size()) {
      return Optional.empty();
    }
    boolean routed = false;
    var options = new ArrayList<>(octets.subList(20, header));
    while (!options.isEmpty()) {
      int option = options.removeFirst();
      if (option == 0) {
        break;
      }
      if (option != 1) {
        int size = options.isEmpty() ? 0 : options.removeFirst();
        if (size < 2 || size - 2 > options.size()) {
          return Optional.empty();
        }
        options.subList(0, size - 2).clear();
        routed |= option == 0x83 || option == 0x89;
      }
    }
    int offset = two(octets, 6) % 8192 * 8;
    boolean more = two(octets, 6) / 8192 % 2 == 1;
    int payload = octets.size() - header;
    if (!fragmentIsSound(offset, more, payload)) {
      return Optional.empty();
    }
    var facts =
        new Facts(
            4,
            IpAddress.of(cut(packet, 12, 16)),
            IpAddress.of(cut(packet, 16, 20)),
            octets.get(9),
            offset == 0,
            routed,
            octets.subList(header, octets.size()));
    return transportIsSound(facts, more || offset > 0) ? Optional.of(facts) : Optional.empty();
  }

  private static boolean fragmentIsSound(int offset, boolean more, int payload) {
    if (offset == 0 && !more) {
      return true;
    }
    return payload > 0 && offset + payload < 65536 && (!more || payload % 8 == 0);
  }

  private static Optional<Facts> readV6(byte[] packet, List<Integer> octets) {
    if (octets.size() < 40 || two(octets, 4) + 40 != octets.size()) {
      return Optional.empty();
    }
    var source = cut(packet, 8, 24);
    var destination = cut(packet, 24, 40);
    if (IpAddress.of(source).isV4() || IpAddress.of(destination).isV4()) {
      return Optional.empty();
    }
    int next = octets.get(6);
    int at = 40;
    int headers = 0;
    boolean routed = false;
    boolean part = false;
    boolean first = true;
    boolean seen = false;
    while (first && Set.of(0, 43, 44, 60).contains(next)) {
      if (++headers > 8 || octets.size() - at < 8 || (next == 0 && headers > 1)) {
        return Optional.empty();
      }
      int size = next == 44 ? 8 : 8 * (octets.get(at + 1) + 1);
      if (size > octets.size() - at) {
        return Optional.empty();
      }
      if (next == 43) {
        routed |= octets.get(at + 3) > 0;
      }
      if (next == 44) {
        int offset = two(octets, at + 2) / 8 * 8;
        boolean more = octets.get(at + 3) % 2 == 1;
        if (seen || !fragmentIsSound(offset, more, octets.size() - at - 8)) {
          return Optional.empty();
        }
        seen = true;
        part = more || offset > 0;
        first = offset == 0;
      }
      next = octets.get(at);
      at += size;
    }
    var facts =
        new Facts(
            6,
            IpAddress.of(source),
            IpAddress.of(destination),
            next,
            first,
            routed,
            octets.subList(at, octets.size()));
    return transportIsSound(facts, part) ? Optional.of(facts) : Optional.empty();
  }

  private static boolean transportIsSound(Facts facts, boolean part) {
    var bytes = facts.transport();
    if (!facts.firstPart()) {
      return true;
    }
    if (facts.icmp()) {
      return bytes.size() >= 8;
    }
    return switch (facts.protocol()) {
      case 6 -> {
        int header = bytes.size() < 20 ? 0 : bytes.get(12) / 16 * 4;
        yield header >= 20 && (part || header <= bytes.size());
      }
      case 17 -> bytes.size() >= 8 && facts.port(2) >= 8 && (part || facts.port(2) <= bytes.size());
      default -> true;
    };
  }

  private static boolean multicast(IpAddress address) {
    return address.isMulticast() || address.toString().equals("255.255.255.255");
  }

  static Answer fromClient(World world, Optional<Client> sender, Optional<Facts> read) {
    if (read.isEmpty()) {
      return Answer.of(Verdict.MALFORMED);
    }
    var packet = read.get();
    if (multicast(packet.destination())) {
      return Answer.of(Verdict.MULTICAST);
    }
    if (sender.isEmpty()) {
      return Answer.of(Verdict.NO_PEER);
    }
    if (packet.version() == 6
        && packet.protocol() == 255
        && packet.source().isUnspecified()
        && packet.destination().isUnspecified()) {
      return Answer.of(Verdict.CONTROL);
    }
    if (packet.icmpError()) {
      return Answer.of(Verdict.ICMP_ERROR);
    }
    if (!sender.get().addresses().contains(packet.source())) {
      return Answer.of(Verdict.SPOOFED);
    }
    if (packet.sourceRouted()) {
      return Answer.of(Verdict.SOURCE_ROUTED);
    }
    if (world.gateway().contains(packet.destination())) {
      return Answer.of(Verdict.ALLOWED);
    }
    if (inside(world, packet.destination())) {
      return Answer.of(Verdict.OTHER_PEER);
    }
    return reach(world, sender.get(), packet, packet.destination(), 1);
  }

  static Answer toClient(World world, Optional<Facts> read) {
    if (read.isEmpty()) {
      return Answer.of(Verdict.MALFORMED);
    }
    var packet = read.get();
    if (multicast(packet.destination())) {
      return Answer.of(Verdict.MULTICAST);
    }
    var receiver =
        world.clients().stream()
            .filter(client -> client.addresses().contains(packet.destination()))
            .findFirst();
    if (receiver.isEmpty()) {
      return Answer.of(Verdict.NO_PEER);
    }
    if (packet.sourceRouted()) {
      return Answer.of(Verdict.SOURCE_ROUTED);
    }
    if (world.gateway().contains(packet.source())) {
      return Answer.of(Verdict.ALLOWED);
    }
    if (inside(world, packet.source())) {
      return Answer.of(Verdict.SPOOFED);
    }
    if (packet.icmpError()) {
      return Answer.of(
          quotes(packet, packet.destination()) ? Verdict.ALLOWED : Verdict.FOREIGN_ICMP_ERROR);
    }
    return reach(world, receiver.get(), packet, packet.source(), 0);
  }

  private static boolean quotes(Facts error, IpAddress sender) {
    var quoted = error.transport();
    int header = error.version() == 4 ? 20 : 40;
    int at = 8 + (error.version() == 4 ? 12 : 8);
    int length = error.version() == 4 ? 4 : 16;
    if (quoted.size() < 8 + header || quoted.get(8) / 16 != error.version()) {
      return false;
    }
    var address = new byte[length];
    for (int i = 0; i < length; i++) {
      address[i] = (byte) (int) quoted.get(at + i);
    }
    return IpAddress.of(address).equals(sender);
  }

  private static boolean inside(World world, IpAddress address) {
    return world.networks().stream().anyMatch(network -> network.contains(address))
        || world.clients().stream().anyMatch(client -> client.addresses().contains(address));
  }

  private static Answer reach(
      World world, Client client, Facts packet, IpAddress resourceSide, int portIndex) {
    if (world.partitioned()) {
      return Answer.of(Verdict.PARTITIONED);
    }
    var active =
        world.authorizations().stream()
            .filter(authorization -> authorization.key().client().equals(client.id()))
            .filter(authorization -> authorization.isActiveAt(world.now()))
            .map(authorization -> world.resources().get(authorization.key().resource()))
            .filter(resource -> resource != null)
            .toList();
    Predicate<Resource> permits = resource -> permits(resource, packet, portIndex);
    var internet =
        active.stream()
            .filter(resource -> resource.destination() instanceof Destination.Internet)
            .toList();
    if (!internet.isEmpty()) {
      if (REJECTED.stream().anyMatch(network -> network.contains(resourceSide))) {
        return Answer.of(Verdict.UNREACHABLE);
      }
      return internet.stream()
          .filter(permits)
          .map(Resource::id)
          .max(Comparator.naturalOrder())
          .map(id -> new Answer(Verdict.ALLOWED, Optional.of(id)))
          .orElse(refused(packet));
    }
    var covering =
        active.stream()
            .filter(resource ->
                resource.destination() instanceof Destination.Network(var network)
                    && network.contains(resourceSide))
            .toList();
    if (covering.isEmpty()) {
      return Answer.of(Verdict.NO_GRANT);
    }
    return covering.stream()
        .filter(permits)
        .max(Comparator.comparingInt(Oracle::prefix).thenComparing(Resource::id))
        .map(resource -> new Answer(Verdict.ALLOWED, Optional.of(resource.id())))
        .orElse(refused(packet));
  }

  private static Answer refused(Facts packet) {
    return Answer.of(packet.firstPart() ? Verdict.FILTERED : Verdict.FRAGMENT);
  }

  private static int prefix(Resource resource) {
    return resource.destination() instanceof Destination.Network(var network)
        ? network.prefixLength()
        : 0;
  }

  private static boolean permits(Resource resource, Facts packet, int portIndex) {
    if (resource.filters().isEmpty()) {
      return true;
    }
    if (!packet.firstPart()) {
      return false;
    }
    return resource.filters().stream()
        .anyMatch(filter ->
            switch (filter) {
              case Filter.Icmp() -> packet.icmp();
              case Filter.Tcp(var ports) ->
                  packet.protocol() == 6 && ports.contains(packet.port(portIndex));
              case Filter.Udp(var ports) ->
                  packet.protocol() == 17 && ports.contains(packet.port(portIndex));
            });
  }
}
