package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PortRange;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Random clients, resources, authorizations and packets from a universe small enough to collide.
 */
final class Worlds {

  static final TunnelAddresses GATEWAY =
      TunnelAddresses.of(
          List.of(Packets.address("100.64.0.1"), Packets.address("fd00:2021:1111::1")));
  static final List<Cidr> NETWORKS =
      List.of(Cidr.parse("100.64.0.0/11"), Cidr.parse("fd00:2021:1111::/107"));

  private static final List<String> V4 =
      List.of(
          "10.0.0.1",
          "10.0.0.2",
          "10.0.1.1",
          "10.1.0.1",
          "192.168.7.7",
          "172.16.3.4",
          "8.8.8.8",
          "8.8.4.4",
          "1.1.1.1",
          "198.51.100.9",
          "127.0.0.1",
          "0.0.0.0",
          "255.255.255.255",
          "224.0.0.251",
          "100.64.0.1",
          "100.64.0.10",
          "100.64.0.11",
          "100.64.0.99",
          "100.96.0.1",
          "169.254.1.1",
          "240.0.0.1",
          "9.255.255.255",
          "11.0.0.0");
  private static final List<String> V6 =
      List.of(
          "2001:db8::1",
          "2001:db8::2",
          "2001:db8:0:1::1",
          "2001:db9::1",
          "fd12:3456::7",
          "fe80::1",
          "::",
          "::1",
          "ff02::fb",
          "fd00:2021:1111::1",
          "fd00:2021:1111::10",
          "fd00:2021:1111::11",
          "fd00:2021:1111::99",
          "2600::8",
          "::2",
          "2001:db8::ffff:ffff:ffff:ffff");
  private static final int[] V4_LENGTHS = {0, 7, 8, 9, 16, 24, 30, 31, 32};
  private static final int[] V6_LENGTHS = {0, 1, 31, 32, 48, 63, 64, 65, 127, 128};
  private static final int[] PORTS = {0, 1, 22, 53, 80, 443, 444, 8080, 65535};
  private static final int[] PROTOCOLS = {1, 6, 6, 6, 17, 17, 17, 58, 47, 50, 51, 132, 255, 0, 59};

  private Worlds() {}

  static <T> T pick(RandomGenerator random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  static int pick(RandomGenerator random, int[] from) {
    return from[random.nextInt(from.length)];
  }

  static Client client(RandomGenerator random, int index) {
    var key = new byte[32];
    random.nextBytes(key);
    var v4 = Packets.address("100.64.0." + (10 + index));
    var v6 = Packets.address("fd00:2021:1111::" + (10 + index));
    var addresses =
        switch (random.nextInt(4)) {
          case 0 -> List.of(v4);
          case 1 -> List.of(v6);
          default -> List.of(v4, v6);
        };
    return new Client(
        new ClientId("client" + index),
        "Client",
        PublicKey.of(key),
        Optional.empty(),
        TunnelAddresses.of(addresses));
  }

  static Resource resource(RandomGenerator random, int index) {
    return new Resource(
        new ResourceId("r" + index), "Resource", destination(random), filters(random));
  }

  private static Destination destination(RandomGenerator random) {
    int kind = random.nextInt(20);
    if (kind == 0) {
      return new Destination.Internet();
    }
    if (kind == 1) {
      return new Destination.DnsName("**.example.com");
    }
    return new Destination.Network(
        random.nextBoolean()
            ? new Cidr(Packets.address(pick(random, V4)), pick(random, V4_LENGTHS))
            : new Cidr(Packets.address(pick(random, V6)), pick(random, V6_LENGTHS)));
  }

  private static List<Filter> filters(RandomGenerator random) {
    var filters = new ArrayList<Filter>();
    int count = Math.max(0, random.nextInt(6) - 2);
    for (int i = 0; i < count; i++) {
      int a = pick(random, PORTS);
      int b = random.nextBoolean() ? a : pick(random, PORTS);
      var range = new PortRange(Math.min(a, b), Math.max(a, b));
      filters.add(
          switch (random.nextInt(5)) {
            case 0 -> new Filter.Icmp();
            case 1, 2 -> new Filter.Udp(range);
            default -> new Filter.Tcp(range);
          });
    }
    return filters;
  }

  static Authorization authorization(
      RandomGenerator random, ClientId client, ResourceId resource, Instant now) {
    Optional<Instant> expiry =
        random.nextInt(3) == 0
            ? Optional.empty()
            : Optional.of(now.plusNanos(random.nextInt(-2, 5)));
    return new Authorization(
        new AuthorizationKey(client, resource), now.minusSeconds(60), expiry, "test");
  }

  static byte[] packet(RandomGenerator random, List<Client> clients, boolean fromClient) {
    boolean v4 = random.nextBoolean();
    var outside = Packets.address(pick(random, v4 ? V4 : V6));
    var client = pick(random, clients).addresses();
    var inside = (v4 ? client.v4() : client.v6()).orElse(outside);
    if (random.nextInt(10) == 0) {
      inside = Packets.address(pick(random, v4 ? V4 : V6));
    }
    var packet = fromClient ? packet(random, inside, outside) : packet(random, outside, inside);
    return random.nextInt(12) == 0 ? damaged(random, packet) : packet;
  }

  private static byte[] packet(RandomGenerator random, IpAddress from, IpAddress to) {
    int protocol = pick(random, PROTOCOLS);
    var payload =
        Packets.transport(
            protocol, pick(random, PORTS), pick(random, PORTS), 8 * random.nextInt(4));
    if ((protocol == 1 || protocol == 58) && random.nextInt(3) == 0) {
      payload = error(random, protocol == 1, to, from);
    }
    if (from.isV4()) {
      int fragment = random.nextInt(8) == 0 ? random.nextInt(0x10000) & 0x3003 : 0;
      return Packets.ipV4(from, to, protocol, options(random), fragment, payload);
    }
    return extended(random, from, to, protocol, payload);
  }

  private static byte[] error(RandomGenerator random, boolean v4, IpAddress to, IpAddress from) {
    int type = v4 ? pick(random, new int[] {3, 4, 5, 11, 12, 0}) : random.nextInt(140);
    var sender = random.nextInt(4) == 0 ? from : to;
    var quoted = Packets.packet(sender, from, 17, 80, 80);
    if (random.nextInt(6) == 0) {
      quoted = java.util.Arrays.copyOf(quoted, random.nextInt(quoted.length));
    }
    return Packets.icmp(type, random.nextInt(16), 0, quoted);
  }

  private static byte[] options(RandomGenerator random) {
    return switch (random.nextInt(12)) {
      case 0 -> new byte[] {1, 1, 1, 0};
      case 1 -> new byte[] {(byte) 131, 3, 4, 0};
      case 2 -> new byte[] {7, 3, 4, (byte) 137, 3, 4, 0, 0};
      case 3 -> new byte[] {0, (byte) 137, 3, 4};
      case 4 -> new byte[] {7, (byte) random.nextInt(12), 4, 0, 0, 0, 0, 0};
      default -> new byte[0];
    };
  }

  /** Puts random extension headers between IPv6 header and payload. */
  private static byte[] extended(
      RandomGenerator random, IpAddress from, IpAddress to, int protocol, byte[] payload) {
    int next = protocol;
    var rest = payload;
    int count = random.nextInt(3) == 0 ? random.nextInt(11) : 0;
    for (int i = 0; i < count; i++) {
      int kind = pick(random, new int[] {0, 43, 60, 60, 60, 44, 51});
      var header = new byte[8 * (kind == 44 ? 1 : 1 + random.nextInt(2))];
      header[0] = (byte) next;
      header[1] = (byte) (header.length / 8 - 1);
      if (kind == 43) {
        header[3] = (byte) random.nextInt(2);
      } else if (kind == 44) {
        header[2] = (byte) (random.nextInt(5) == 0 ? 1 : 0);
        header[3] = (byte) (random.nextInt(3) == 0 ? 1 : 0);
      }
      rest = Packets.join(header, rest);
      next = kind;
    }
    return Packets.ipV6(from, to, next, rest);
  }

  private static byte[] damaged(RandomGenerator random, byte[] packet) {
    if (random.nextInt(3) == 0) {
      return java.util.Arrays.copyOf(packet, random.nextInt(packet.length + 8));
    }
    var copy = packet.clone();
    for (int i = 0; i <= random.nextInt(3); i++) {
      copy[random.nextInt(Math.min(copy.length, 64))] = (byte) random.nextInt();
    }
    return copy;
  }
}
