package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One flow that has ended, allowed or denied.
 *
 * @param client who
 * @param clientAddress the client's address inside the tunnel
 * @param clientPort its port or echo identifier; 0 where there is none
 * @param remote where to, as the client sees it
 * @param remotePort the port or echo identifier there
 * @param protocol the IP protocol
 * @param verdict what the policy said
 * @param fromClient whether the client sent the first packet
 * @param resource the resource that decided; null if none did
 * @param domain the DNS name behind {@code remote}; null if there is none
 * @param real the address behind {@code remote}; null if it is the same
 * @param startNanos the first packet, by the monotonic clock
 * @param lastNanos the last one
 * @param sentPackets packets of the client
 * @param sentBytes their bytes
 * @param receivedPackets packets to the client
 * @param receivedBytes their bytes
 */
public record FlowRecord(
    ClientId client,
    IpAddress clientAddress,
    int clientPort,
    IpAddress remote,
    int remotePort,
    int protocol,
    Verdict verdict,
    boolean fromClient,
    @Nullable Resource resource,
    @Nullable String domain,
    @Nullable IpAddress real,
    long startNanos,
    long lastNanos,
    long sentPackets,
    long sentBytes,
    long receivedPackets,
    long receivedBytes) {

  /**
   * As one line of JSON.
   *
   * @param nowNanos the monotonic clock
   * @param now the wall clock at the same moment
   */
  public String line(long nowNanos, Instant now) {
    var json = new JsonObject();
    json.put("flow_start", now.minus(Duration.ofNanos(nowNanos - startNanos)).toString());
    json.put("flow_end", now.minus(Duration.ofNanos(nowNanos - lastNanos)).toString());
    json.put("verdict", verdict.label());
    json.put("client", client.value());
    if (resource != null) {
      json.put("resource", resource.id().value());
      json.put("rule", rule(resource));
    }
    json.put("protocol", protocolName());
    json.put("initiator", fromClient ? "client" : "resource");
    json.put("inner_src_ip", clientAddress.toString());
    json.put("inner_src_port", clientPort);
    json.put("inner_dst_ip", remote.toString());
    json.put("inner_dst_port", remotePort);
    if (domain != null) {
      json.put("domain", domain);
    }
    if (real != null) {
      json.put("translated_ip", real.toString());
    }
    json.put("tx_packets", sentPackets).put("tx_bytes", sentBytes);
    json.put("rx_packets", receivedPackets).put("rx_bytes", receivedBytes);
    return json.encode();
  }

  /** The protocol as people call it. */
  public String protocolName() {
    return switch (protocol) {
      case IpPacket.TCP -> "tcp";
      case IpPacket.UDP -> "udp";
      case IpPacket.ICMP, IpPacket.ICMP_V6 -> "icmp";
      default -> Integer.toString(protocol);
    };
  }

  /** The filter that permits it; null if no resource decided. */
  public @Nullable String rule() {
    return resource == null ? null : rule(resource);
  }

  private String rule(Resource decided) {
    if (decided.filters().isEmpty()) {
      return "everything";
    }
    int version = remote.isV4() ? 4 : 6;
    return decided.filters().stream()
        .filter(filter ->
            PortFilter.of(java.util.List.of(filter)).permits(version, protocol, remotePort, true))
        .map(Filter::toString)
        .findFirst()
        .orElse("none");
  }
}
