package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.spi.PolicyExplainer.Explanation;
import dev.gatehouse.api.spi.PolicyExplainer.Question;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Says what the rules would do with a packet, and why, by making the packet and judging it. Nothing
 * here is counted or answered. Any thread.
 */
public final class Explaining {

  private final PolicyTable table;
  private final long wallNanos;
  private final boolean partitioned;

  /**
   * Explains by what is known at one moment.
   *
   * @param table what is known
   * @param wallNanos the wall clock
   * @param partitioned whether the store has been unreachable for too long
   */
  public Explaining(PolicyTable table, long wallNanos, boolean partitioned) {
    this.table = table;
    this.wallNanos = wallNanos;
    this.partitioned = partitioned;
  }

  /** Judges and explains. */
  public Explanation explain(Question question) {
    var client = table.byId(question.client()).orElse(null);
    if (client == null) {
      return refused(Verdict.NO_PEER, "There is no client '" + question.client() + "'.");
    }
    var destination = question.destination();
    var source =
        client.addresses().stream()
            .filter(address -> address.isV4() == destination.isV4())
            .findFirst();
    if (source.isEmpty()) {
      return refused(
          Verdict.NO_PEER,
          "'%s' has no %s address inside the tunnel, so it cannot send to %s."
              .formatted(client.id(), destination.isV4() ? "IPv4" : "IPv6", destination));
    }
    int protocol =
        question.protocol() == IpPacket.ICMP && !destination.isV4()
            ? IpPacket.ICMP_V6
            : question.protocol();
    var bytes = packet(source.get(), destination, protocol, question.port());
    var packet = new IpPacket();
    var decider = new Decider();
    var verdict =
        packet.parse(MemorySegment.ofArray(bytes), 0, bytes.length, false)
            ? decider.fromClient(table, client, packet, wallNanos, partitioned)
            : Verdict.MALFORMED;
    var deciding = Optional.ofNullable(decider.grant());
    var covering = covering(client, destination);
    return new Explanation(
        verdict == Verdict.ALLOWED,
        verdict.label(),
        deciding.map(grant -> grant.resource().id()),
        deciding.flatMap(Explaining::expiry),
        reason(verdict, question, deciding, covering),
        covering.stream().map(this::line).toList());
  }

  private static Explanation refused(Verdict verdict, String reason) {
    return new Explanation(
        false, verdict.label(), Optional.empty(), Optional.empty(), reason, List.of());
  }

  /** The smallest packet the rules can judge; checksums do not matter to them. */
  private static byte[] packet(IpAddress from, IpAddress to, int protocol, int port) {
    var payload = ByteBuffer.allocate(20);
    switch (protocol) {
      case IpPacket.TCP -> payload.putShort(2, (short) port).put(12, (byte) 0x50);
      case IpPacket.UDP -> payload.putShort(2, (short) port).putShort(4, (short) 20);
      case IpPacket.ICMP -> payload.put(0, (byte) 8);
      case IpPacket.ICMP_V6 -> payload.put(0, (byte) 128);
      default -> {
        // Other protocols are judged by their number alone.
      }
    }
    var packet = ByteBuffer.allocate((from.isV4() ? 20 : 40) + 20);
    if (from.isV4()) {
      packet.put(0, (byte) 0x45).putShort(2, (short) packet.capacity()).put(9, (byte) protocol);
      packet.put(12, from.bytes()).put(16, to.bytes()).put(20, payload.array());
    } else {
      packet.put(0, (byte) 0x60).putShort(4, (short) 20).put(6, (byte) protocol);
      packet.put(8, from.bytes()).put(24, to.bytes()).put(40, payload.array());
    }
    return packet.array();
  }

  private List<Grant> covering(ClientPolicy client, IpAddress destination) {
    var covering = new ArrayList<>(client.internet());
    client
        .routes(destination.isV4() ? 4 : 6)
        .covering(destination.high(), destination.low(), covering::add);
    return covering;
  }

  private static Optional<Instant> expiry(Grant grant) {
    return grant.expiresAt() == WallClock.NEVER
        ? Optional.empty()
        : Optional.of(
            Instant.ofEpochSecond(
                Math.floorDiv(grant.expiresAt(), 1_000_000_000L),
                Math.floorMod(grant.expiresAt(), 1_000_000_000L)));
  }

  private String reason(
      Verdict verdict, Question question, Optional<Grant> deciding, List<Grant> covering) {
    var to = question.destination();
    return switch (verdict) {
      case ALLOWED ->
          deciding
              .map(grant -> "Resource '" + name(grant) + "' permits it" + untilWhen(grant) + ".")
              .orElse(to + " is the gateway itself, which every client may reach.");
      case FILTERED ->
          "%s is covered by %s, but no filter of it permits the packet."
              .formatted(to, names(covering));
      case NO_GRANT ->
          wallNanos == WallClock.UNKNOWN && !covering.isEmpty()
              ? "The machine's clock is not set, so authorizations that end do not count."
              : "No authorization of '" + question.client() + "' covers " + to + ".";
      case UNREACHABLE ->
          "The internet resource, which decides for everything once it is active, does not reach "
              + "private and reserved networks such as that of %s.".formatted(to);
      case OTHER_PEER -> to + " is an address of the tunnel; clients do not reach each other.";
      case PARTITIONED ->
          "The store has not answered for longer than the partition budget, so all is refused.";
      case MULTICAST -> to + " is a multicast or broadcast address, which is not carried.";
      default -> "The packet would be refused as " + verdict.label() + ".";
    };
  }

  private static ResourceId name(Grant grant) {
    return grant.resource().id();
  }

  private static String names(List<Grant> grants) {
    return grants.stream()
        .map(grant -> "'" + name(grant) + "'")
        .collect(Collectors.joining(" and "));
  }

  private static String untilWhen(Grant grant) {
    return expiry(grant).map(moment -> " until " + moment).orElse(" until it is revoked");
  }

  private String line(Grant grant) {
    var filters = grant.resource().filters();
    return "%s: %s, %s,%s"
            .formatted(
                name(grant),
                grant.resource().destination(),
                filters.isEmpty()
                    ? "everything"
                    : filters.stream().map(Filter::toString).collect(Collectors.joining(" ")),
                untilWhen(grant))
        + (grant.isActiveAt(wallNanos)
            ? ""
            : wallNanos == WallClock.UNKNOWN ? ", the clock is not set" : ", expired");
  }
}
