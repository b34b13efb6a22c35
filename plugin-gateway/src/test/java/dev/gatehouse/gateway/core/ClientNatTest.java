package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.gateway.core.ClientNat.Outcome;
import dev.gatehouse.testkit.Allocations;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Address translation against the naive model, in virtual time. */
class ClientNatTest {

  private static final int STEPS = Integer.getInteger("gatehouse.nat.steps", 300_000);
  private static final IpAddress V4 = IpAddress.parse("100.64.0.10");
  private static final IpAddress V6 = IpAddress.parse("fd00:2021:1111::10");
  private static final List<Translation.Member> MEMBERS =
      List.of(new Translation.Member(new ResourceId("names"), "**.example.com"));
  private static final Map<String, Integer> FLAGS = Map.of("FIN", 1, "SYN", 2, "RST", 4, "ACK", 16);

  private final long seed = Long.getLong("gatehouse.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private ClientNat nat = new ClientNat(seed);
  private NaiveNat model = new NaiveNat();
  private double seconds;
  private int step;
  private int translated;
  private int expiredSeen;
  private int errorsTranslated;

  @Test
  void agreesWithTheNaiveModel() {
    System.out.println("seed " + seed);
    for (step = 0; step < STEPS; step++) {
      if (step % 2_000 == 0) {
        nat = new ClientNat(random.nextLong());
        model = new NaiveNat();
        setUp();
      }
      switch (random.nextInt(40)) {
        case 0 -> setUp();
        case 1 -> seconds += random.nextInt(random.nextBoolean() ? 8000 : 130);
        case 2, 3 -> seconds += random.nextInt(70);
        case 4, 5, 6, 7 -> error();
        default -> {
          if (random.nextBoolean()) {
            outward();
          } else {
            inward();
          }
        }
      }
      seconds += random.nextInt(1000) / 1000.0;
    }
    System.out.printf(
        "%d steps: %d packets translated, %d late ones, %d errors%n",
        STEPS, translated, expiredSeen, errorsTranslated);
    assertThat(translated).isGreaterThan(STEPS / 10);
    assertThat(expiredSeen).isGreaterThan(STEPS / 1000);
    assertThat(errorsTranslated).isGreaterThan(STEPS / 1000);
  }

  private long now() {
    return Math.round(seconds * 1000) * 1_000_000L;
  }

  private double naiveNow() {
    return now() / 1e9;
  }

  private void setUp() {
    int name = random.nextInt(3);
    var proxies = new ArrayList<IpAddress>();
    // Now and then a client that has forgotten everything uses another name's addresses.
    int base = random.nextInt(30) == 0 ? random.nextInt(3) : name;
    for (int i = 0; i < 4; i++) {
      proxies.add(IpAddress.parse("100.96." + base + "." + i));
      proxies.add(IpAddress.parse("fd00:2021:1111:8000::" + base + ":" + i));
    }
    var resolved = new TreeSet<IpAddress>();
    for (int i = random.nextInt(3); i > 0; i--) {
      resolved.add(real(true));
    }
    for (int i = random.nextInt(3); i > 0; i--) {
      resolved.add(real(false));
    }
    assertThat(nat.setUp("n" + name + ".example.com", MEMBERS, resolved, proxies)).isTrue();
    model.setUp("n" + name + ".example.com", List.copyOf(resolved), proxies);
  }

  private IpAddress real(boolean v4) {
    return IpAddress.parse((v4 ? "10.0.0." : "fd00:20::") + (1 + random.nextInt(4)));
  }

  private int port() {
    return List.of(1000, 1001, 1002, 65534, 65535, 1, 0).get(random.nextInt(7));
  }

  private Set<String> flags(int protocol) {
    if (protocol != IpPacket.TCP) {
      return Set.of();
    }
    return switch (random.nextInt(12)) {
      case 0 -> Set.of("SYN");
      case 1 -> Set.of("SYN", "ACK");
      case 2, 3 -> Set.of("FIN", "ACK");
      case 4 -> Set.of("RST");
      default -> Set.of("ACK");
    };
  }

  private void outward() {
    var proxies = List.copyOf(new TreeSet<>(model.targets.keySet()));
    var proxy = proxies.get(random.nextInt(proxies.size()));
    boolean v4 = proxy.isV4();
    int protocol = protocol(v4);
    int port = port();
    var flags = flags(protocol);
    var before = packet(v4 ? V4 : V6, proxy, protocol, port, 443, flags, true);
    var packet = parse(before.clone());
    var behind = behind(proxy);

    var outcome = nat.outward(packet, behind, now());
    var expected = model.outward(protocol, port, proxy, flags, naiveNow());

    if (expected == null) {
      assertThat(outcome).as(context()).isEqualTo(Outcome.UNREACHABLE);
      return;
    }
    assertThat(outcome).as(context()).isEqualTo(Outcome.TRANSLATED);
    var outside = expected.outside;
    assertThat(bytes(packet))
        .as(context())
        .isEqualTo(
            packet(v4 ? V4 : V6, outside.address(), protocol, outside.port(), 443, flags, true));
    translated++;
  }

  private void inward() {
    boolean v4 = random.nextBoolean();
    var real = real(v4);
    int protocol = protocol(v4);
    int port = port() + random.nextInt(2) & 0xffff;
    var flags = flags(protocol);
    var before = packet(real, v4 ? V4 : V6, protocol, 443, port, flags, false);
    var packet = parse(before.clone());

    var outcome = nat.inward(packet, false, now());
    var expected = model.inward(protocol, port, real, flags, naiveNow());

    if (expected == null) {
      assertLeftAlone(outcome, packet, before, model.isExpired(protocol, port, real));
      return;
    }
    assertThat(outcome).as(context()).isEqualTo(Outcome.TRANSLATED);
    var inside = expected.inside;
    assertThat(bytes(packet))
        .as(context())
        .isEqualTo(
            packet(inside.address(), v4 ? V4 : V6, protocol, 443, inside.port(), flags, false));
    translated++;
  }

  /** An expired tuple may be forgotten after a while, so both answers are right then. */
  private void assertLeftAlone(Outcome outcome, IpPacket packet, byte[] before, boolean expired) {
    if (expired) {
      assertThat(outcome).as(context()).isIn(Outcome.EXPIRED, Outcome.UNKNOWN);
      expiredSeen += outcome == Outcome.EXPIRED ? 1 : 0;
    } else {
      assertThat(outcome).as(context()).isEqualTo(Outcome.UNKNOWN);
    }
    assertThat(bytes(packet)).isEqualTo(before);
  }

  private void error() {
    boolean v4 = random.nextBoolean();
    var client = v4 ? V4 : V6;
    var real = real(v4);
    int protocol = protocol(v4);
    int port = port();
    var router = IpAddress.parse(v4 ? "10.9.9.9" : "fd00:9::9");
    int type = v4 ? List.of(3, 11, 12).get(random.nextInt(3)) : 1 + random.nextInt(4);
    int quotedLength = random.nextBoolean() ? 8 : 28;
    var before =
        error(
            router,
            client,
            type,
            packet(client, real, protocol, port, 443, Set.of(), true),
            quotedLength,
            64);
    var packet = parse(before.clone());

    var outcome = nat.inward(packet, false, now());
    var expected = model.told(protocol, port, real, naiveNow());

    if (expected == null) {
      assertLeftAlone(outcome, packet, before, model.isExpired(protocol, port, real));
    } else if (v4 ? type == 12 : type == 4) {
      assertThat(outcome).as(context()).isEqualTo(Outcome.UNSUPPORTED);
    } else {
      assertThat(outcome).as(context()).isEqualTo(Outcome.TRANSLATED);
      var inside = expected.inside;
      var original = packet(client, inside.address(), protocol, inside.port(), 443, Set.of(), true);
      assertThat(bytes(packet))
          .as(context())
          .isEqualTo(error(inside.address(), client, type, original, quotedLength, 20));
      errorsTranslated++;
    }
  }

  private int protocol(boolean v4) {
    return switch (random.nextInt(3)) {
      case 0 -> IpPacket.TCP;
      case 1 -> IpPacket.UDP;
      default -> v4 ? IpPacket.ICMP : IpPacket.ICMP_V6;
    };
  }

  private String context() {
    return "seed " + seed + ", step " + step;
  }

  private static IpPacket parse(byte[] bytes) {
    var packet = new IpPacket();
    assertThat(packet.parse(MemorySegment.ofArray(bytes), 0, bytes.length, false)).isTrue();
    return packet;
  }

  private static byte[] bytes(IpPacket packet) {
    return packet.slab().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
  }

  /** A complete packet with right checksums. */
  private static byte[] packet(
      IpAddress from,
      IpAddress to,
      int protocol,
      int sourcePort,
      int destinationPort,
      Set<String> flags,
      boolean request) {
    boolean echo = protocol != IpPacket.TCP && protocol != IpPacket.UDP;
    int id = request ? sourcePort : destinationPort;
    int type = from.isV4() ? (request ? 8 : 0) : request ? 128 : 129;
    var transport =
        echo
            ? Packets.icmp(type, 0, id, new byte[20])
            : Packets.transport(protocol, sourcePort, destinationPort, 12);
    if (protocol == IpPacket.TCP) {
      transport[13] = (byte) flags.stream().mapToInt(FLAGS::get).sum();
    }
    return summed(Packets.ip(from, to, protocol, transport), protocol, checksumAt(protocol));
  }

  private static byte[] error(
      IpAddress from, IpAddress to, int type, byte[] about, int quotedTransport, int ttl) {
    int header = from.isV4() ? 20 : 40;
    var quoted = java.util.Arrays.copyOf(about, header + quotedTransport);
    var message =
        ByteBuffer.allocate(8 + quoted.length).put((byte) type).position(8).put(quoted).array();
    int protocol = from.isV4() ? IpPacket.ICMP : IpPacket.ICMP_V6;
    var packet = Packets.ip(from, to, protocol, message);
    if (from.isV4()) {
      packet[8] = (byte) ttl;
      packet[10] = 0;
      packet[11] = 0;
      ByteBuffer.wrap(packet).putShort(10, (short) ~sum(packet, 0, 20, 0));
    } else {
      packet[7] = (byte) ttl;
    }
    return summed(packet, protocol, 2);
  }

  private static int checksumAt(int protocol) {
    return protocol == IpPacket.TCP ? 16 : protocol == IpPacket.UDP ? 6 : 2;
  }

  private static byte[] summed(byte[] packet, int protocol, int checksumAt) {
    boolean v4 = packet[0] >>> 4 == 4;
    int header = v4 ? 20 : 40;
    int length = packet.length - header;
    int pseudo =
        v4 && protocol == IpPacket.ICMP ? 0 : sum(packet, v4 ? 12 : 8, header, length + protocol);
    int checksum = ~sum(packet, header, packet.length, pseudo) & 0xffff;
    boolean absent = protocol == IpPacket.UDP && checksum == 0;
    ByteBuffer.wrap(packet).putShort(header + checksumAt, (short) (absent ? 0xffff : checksum));
    return packet;
  }

  private static int sum(byte[] bytes, int from, int to, int start) {
    int sum = start;
    for (int i = from; i < to; i += 2) {
      sum += (bytes[i] & 255) << 8 | (i + 1 < to ? bytes[i + 1] & 255 : 0);
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }

  @Test
  void anOmittedChecksumOfUdpStaysOmitted() {
    var proxy = IpAddress.parse("100.96.0.1");
    nat.setUp("a.example.com", MEMBERS, List.of(IpAddress.parse("10.0.0.1")), List.of(proxy));
    var packet = parse(Packets.udp("100.64.0.10", 5, "100.96.0.1", 6));

    nat.outward(packet, behind(proxy), 0);

    assertThat(bytes(packet)).isEqualTo(Packets.udp("100.64.0.10", 5, "10.0.0.1", 6));
  }

  @Test
  void anOpenChecksumOfATrainStaysOpen() {
    var proxy = IpAddress.parse("100.96.0.1");
    var real = IpAddress.parse("10.0.0.1");
    nat.setUp("a.example.com", MEMBERS, List.of(real), List.of(proxy));
    nat.outward(parse(packet(V4, proxy, 6, 7, 443, Set.of("SYN"), true)), behind(proxy), 0);
    var packet = parse(opened(packet(real, V4, 6, 443, 7, Set.of("ACK"), false)));

    assertThat(nat.inward(packet, true, 0)).isEqualTo(Outcome.TRANSLATED);

    assertThat(bytes(packet)).isEqualTo(opened(packet(proxy, V4, 6, 443, 7, Set.of("ACK"), false)));
  }

  private static byte[] opened(byte[] packet) {
    ByteBuffer.wrap(packet).putShort(36, (short) sum(packet, 12, 20, packet.length - 20 + 6));
    return packet;
  }

  private Translation behind(IpAddress proxy) {
    return java.util.Objects.requireNonNull(nat.translations().find(proxy.high(), proxy.low()));
  }

  @Test
  void otherProtocolsAreNotTranslated() {
    var proxy = IpAddress.parse("100.96.0.1");
    nat.setUp("a.example.com", MEMBERS, List.of(IpAddress.parse("10.0.0.1")), List.of(proxy));
    var gre = parse(Packets.packet(V4, proxy, 47, 0, 0));
    assertThat(nat.outward(gre, behind(proxy), 0)).isEqualTo(Outcome.UNSUPPORTED);
  }

  @Test
  void aFloodOfFlowsIsBoundedAndLeavesOtherFlowsAlone() {
    var proxy = IpAddress.parse("100.96.0.1");
    nat.setUp("a.example.com", MEMBERS, List.of(IpAddress.parse("10.0.0.1")), List.of(proxy));
    var first = packet(V4, proxy, 17, 1, 53, Set.of(), true);
    var outcomes = new TreeSet<Outcome>();
    for (int port = 1; port < 40_000; port++) {
      outcomes.add(
          nat.outward(parse(packet(V4, proxy, 17, port, 53, Set.of(), true)), behind(proxy), port));
    }
    assertThat(outcomes).containsExactly(Outcome.TRANSLATED, Outcome.FULL);
    assertThat(nat.sessions()).isEqualTo(NatSessions.MOST);
    assertThat(nat.outward(parse(first), behind(proxy), 40_000)).isEqualTo(Outcome.TRANSLATED);

    long later = NatSessions.UNANSWERED + 100_000;
    var fresh = packet(V4, proxy, 17, 50_000, 53, Set.of(), true);
    assertThat(nat.outward(parse(fresh), behind(proxy), later)).isEqualTo(Outcome.TRANSLATED);
  }

  @Test
  void reResolutionKeepsEstablishedFlowsAndMovesNewOnes() {
    var proxy = IpAddress.parse("100.96.0.1");
    nat.setUp("a.example.com", MEMBERS, List.of(IpAddress.parse("10.0.0.1")), List.of(proxy));
    nat.outward(parse(packet(V4, proxy, 6, 7, 443, Set.of("SYN"), true)), behind(proxy), 0);

    nat.setUp("a.example.com", MEMBERS, List.of(IpAddress.parse("10.0.0.2")), List.of(proxy));
    assertThat(destination(6, 7, proxy)).hasToString("10.0.0.1");
    assertThat(destination(6, 8, proxy)).hasToString("10.0.0.2");

    nat.setUp("a.example.com", MEMBERS, List.of(), List.of(proxy));
    assertThat(destination(6, 7, proxy)).hasToString("10.0.0.1");
    assertThat(destination(6, 9, proxy)).isNull();
  }

  private @Nullable IpAddress destination(int protocol, int port, IpAddress proxy) {
    var packet = parse(packet(V4, proxy, protocol, port, 443, Set.of("ACK"), true));
    return nat.outward(packet, behind(proxy), 1) == Outcome.TRANSLATED
        ? IpAddress.of(java.util.Arrays.copyOfRange(bytes(packet), 16, 20))
        : null;
  }

  @Test
  void aKnownFlowCostsNoAllocation() {
    var proxy = IpAddress.parse("100.96.0.1");
    var real = IpAddress.parse("10.0.0.1");
    nat.setUp("a.example.com", MEMBERS, List.of(real), List.of(proxy));
    var behind = behind(proxy);
    var request = packet(V4, proxy, 6, 7, 443, Set.of("ACK"), true);
    var answer = packet(real, V4, 6, 443, 7, Set.of("ACK"), false);
    var out = MemorySegment.ofArray(request.clone());
    var in = MemorySegment.ofArray(answer.clone());
    var requestSegment = MemorySegment.ofArray(request);
    var answerSegment = MemorySegment.ofArray(answer);
    var view = new IpPacket();
    Runnable rounds =
        () -> {
          for (int i = 0; i < 100_000; i++) {
            MemorySegment.copy(requestSegment, 0, out, 0, request.length);
            view.parse(out, 0, request.length, false);
            nat.outward(view, behind, i);
            MemorySegment.copy(answerSegment, 0, in, 0, answer.length);
            view.parse(in, 0, answer.length, false);
            nat.inward(view, false, i);
          }
        };
    rounds.run();
    long bytes = Allocations.least(rounds, 10_000);
    long before = System.nanoTime();
    rounds.run();
    System.out.printf(
        "translation: %d bytes allocated in 200000 packets, %.1f ns each, parsing included%n",
        bytes, (System.nanoTime() - before) / 200_000.0);
    assertThat(bytes).isLessThan(10_000);
  }
}
