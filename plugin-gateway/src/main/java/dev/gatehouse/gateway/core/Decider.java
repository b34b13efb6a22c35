package dev.gatehouse.gateway.core;

import org.jspecify.annotations.Nullable;

/**
 * Applies the packet rules, in their order, in both directions. Remembers the last packet that was
 * allowed, because packets of one flow come in a row; the memory is tied to the client's policy
 * object and to the grant's expiry. Allocates nothing. One thread.
 */
public final class Decider {

  private @Nullable ClientPolicy lastClient;
  private @Nullable Grant lastGrant;
  private long lastHigh;
  private long lastLow;
  private int lastProtocol;
  private int lastPort;

  private @Nullable Translation lastTranslation;

  private @Nullable Grant grant;
  private @Nullable Translation translation;

  /** A decider without memory. */
  public Decider() {}

  /** Forgets the last packet. */
  public void forget() {
    lastClient = null;
    lastGrant = null;
    lastTranslation = null;
    grant = null;
    translation = null;
  }

  /** The authorization that allowed the last packet; null if none was needed or none found. */
  public @Nullable Grant grant() {
    return grant;
  }

  /** What stands behind the proxy address of the last packet; null if it has none. */
  public @Nullable Translation translation() {
    return translation;
  }

  /**
   * Judges a packet from a client towards a resource.
   *
   * @param table what is known
   * @param client whose peer it came from; null if there is no such peer any more
   * @param packet a well-formed packet
   * @param wallNanos the wall clock
   * @param partitioned whether the store has been unreachable for too long
   */
  public Verdict fromClient(
      PolicyTable table,
      @Nullable ClientPolicy client,
      IpPacket packet,
      long wallNanos,
      boolean partitioned) {
    grant = null;
    translation = null;
    if (packet.isMulticast()) {
      return Verdict.MULTICAST;
    }
    if (client == null) {
      return Verdict.NO_PEER;
    }
    if (packet.isControl()) {
      return Verdict.CONTROL;
    }
    if (packet.isIcmpError()) {
      return Verdict.ICMP_ERROR;
    }
    int version = packet.version();
    if (!client.owns(version, packet.sourceHigh(), packet.sourceLow())) {
      return Verdict.SPOOFED;
    }
    if (packet.isSourceRouted()) {
      return Verdict.SOURCE_ROUTED;
    }
    long high = packet.destinationHigh();
    long low = packet.destinationLow();
    if (table.isGateway(high, low)) {
      return Verdict.ALLOWED;
    }
    if (table.isInside(high, low)) {
      return Verdict.OTHER_PEER;
    }
    return partitioned
        ? Verdict.PARTITIONED
        : judge(table, client, packet, high, low, packet.destinationPort(), wallNanos);
  }

  /**
   * Judges a packet from the TUN device towards a client.
   *
   * @param table what is known
   * @param client whose address is the destination; null if nobody's is
   * @param packet a well-formed packet
   * @param wallNanos the wall clock
   * @param partitioned whether the store has been unreachable for too long
   */
  public Verdict toClient(
      PolicyTable table,
      @Nullable ClientPolicy client,
      IpPacket packet,
      long wallNanos,
      boolean partitioned) {
    grant = null;
    translation = null;
    if (packet.isMulticast()) {
      return Verdict.MULTICAST;
    }
    if (client == null) {
      return Verdict.NO_PEER;
    }
    if (packet.isSourceRouted()) {
      return Verdict.SOURCE_ROUTED;
    }
    long high = packet.sourceHigh();
    long low = packet.sourceLow();
    if (table.isGateway(high, low)) {
      return Verdict.ALLOWED;
    }
    if (table.isInside(high, low)) {
      return Verdict.SPOOFED;
    }
    if (packet.isIcmpError()) {
      return packet.quotesPacketOfDestination() ? Verdict.ALLOWED : Verdict.FOREIGN_ICMP_ERROR;
    }
    return partitioned
        ? Verdict.PARTITIONED
        : judge(table, client, packet, high, low, packet.sourcePort(), wallNanos);
  }

  private Verdict judge(
      PolicyTable table,
      ClientPolicy client,
      IpPacket packet,
      long high,
      long low,
      int port,
      long wallNanos) {
    var behind = client.nat().translations().find(high, low);
    translation = behind;
    int protocol = packet.protocol();
    boolean portKnown = !packet.isLaterFragment();
    var last = lastGrant;
    if (last != null
        && client == lastClient
        && behind == lastTranslation
        && low == lastLow
        && high == lastHigh
        && port == lastPort
        && protocol == lastProtocol
        && portKnown
        && last.isActiveAt(wallNanos)) {
      grant = last;
      return Verdict.ALLOWED;
    }
    var verdict =
        behind != null || table.isProxy(high, low)
            ? judgeProxy(
                client, behind, packet.version(), high, low, protocol, port, portKnown, wallNanos)
            : judge(client, packet.version(), high, low, protocol, port, portKnown, wallNanos);
    if (verdict == Verdict.ALLOWED && portKnown) {
      lastClient = client;
      lastTranslation = behind;
      lastGrant = grant;
      lastHigh = high;
      lastLow = low;
      lastPort = port;
      lastProtocol = protocol;
    }
    return verdict;
  }

  /** Judges what a client wants of an address that stands for a name; the internet does not. */
  private Verdict judgeProxy(
      ClientPolicy client,
      @Nullable Translation behind,
      int version,
      long high,
      long low,
      int protocol,
      int port,
      boolean portKnown,
      long wallNanos) {
    boolean covered = false;
    if (behind != null) {
      grant = client.findDns(behind, version, protocol, port, portKnown, wallNanos);
      covered = grant != null || client.coversDns(behind, wallNanos);
    }
    return grant != null
        ? Verdict.ALLOWED
        : judgeRoutes(client, covered, version, high, low, protocol, port, portKnown, wallNanos);
  }

  private Verdict judgeRoutes(
      ClientPolicy client,
      boolean coveredAnyway,
      int version,
      long high,
      long low,
      int protocol,
      int port,
      boolean portKnown,
      long wallNanos) {
    var routes = client.routes(version);
    grant = routes.find(high, low, version, protocol, port, portKnown, wallNanos);
    if (grant != null) {
      return Verdict.ALLOWED;
    }
    if (!coveredAnyway && !routes.covers(high, low, wallNanos)) {
      return Verdict.NO_GRANT;
    }
    return portKnown ? Verdict.FILTERED : Verdict.FRAGMENT;
  }

  /**
   * Judges what a client wants of a resource's address.
   *
   * @param version 4 or 6
   * @param high the resource's address, upper half
   * @param low the resource's address, lower half
   * @param protocol the IP protocol
   * @param port the port on the resource's side
   * @param portKnown false for a fragment without its transport header
   * @param wallNanos the wall clock
   */
  Verdict judge(
      ClientPolicy client,
      int version,
      long high,
      long low,
      int protocol,
      int port,
      boolean portKnown,
      long wallNanos) {
    if (!client.hasInternet(wallNanos)) {
      return judgeRoutes(client, false, version, high, low, protocol, port, portKnown, wallNanos);
    }
    if (InternetRejects.contains(version, high, low)) {
      return Verdict.UNREACHABLE;
    }
    grant = client.findInternet(version, protocol, port, portKnown, wallNanos);
    if (grant != null) {
      return Verdict.ALLOWED;
    }
    return portKnown ? Verdict.FILTERED : Verdict.FRAGMENT;
  }
}
