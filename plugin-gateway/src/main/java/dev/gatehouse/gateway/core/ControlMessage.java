package dev.gatehouse.gateway.core;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A message between a client that knows Gatehouse and its gateway, inside the tunnel: an IPv6
 * packet from :: to :: with next header 255, eight bytes of which the first tells the kind, and a
 * JSON body.
 */
public sealed interface ControlMessage {

  /** The bytes of a message before its body: IPv6 header and kind. */
  int HEADERS = 48;

  /** The longest body that is looked at. */
  int LONGEST_BODY = 1024;

  /**
   * A client lets proxy addresses stand for a name.
   *
   * @param resource on whose behalf
   * @param domain the name, in lower case and without a trailing dot
   * @param proxies 4 or 8 addresses, 4 per address family
   */
  record AssignedIps(ResourceId resource, String domain, List<IpAddress> proxies)
      implements ControlMessage {

    /** Copies the list. */
    public AssignedIps {
      proxies = List.copyOf(proxies);
    }
  }

  /**
   * The gateway's answer.
   *
   * @param resource as it was asked
   * @param domain as it was asked
   * @param active whether the proxy addresses can be used
   */
  record DomainStatus(ResourceId resource, String domain, boolean active)
      implements ControlMessage {}

  /** Either side is leaving. */
  record Goodbye() implements ControlMessage {}

  /**
   * Reads a message of a client.
   *
   * @param kind the first byte behind the IPv6 header
   * @param body what follows the eight bytes
   * @return empty if it is of an unknown kind or makes no sense
   */
  static Optional<ControlMessage> read(int kind, byte[] body) {
    return switch (kind) {
      case 0 -> assignedIps(body);
      case 2 -> Optional.of(new Goodbye());
      default -> Optional.empty();
    };
  }

  private static Optional<ControlMessage> assignedIps(byte[] body) {
    try {
      var json = new JsonObject(new String(body, StandardCharsets.UTF_8));
      var domain = json.getString("domain", "").toLowerCase(Locale.ROOT);
      var listed = json.getJsonArray("proxy_ips", new JsonArray());
      if (domain.isEmpty() || domain.length() > 253 || listed.size() > 8) {
        return Optional.empty();
      }
      var proxies = new ArrayList<IpAddress>();
      for (int i = 0; i < listed.size(); i++) {
        proxies.add(IpAddress.parse(listed.getString(i)));
      }
      long v4 = proxies.stream().distinct().filter(IpAddress::isV4).count();
      long v6 = proxies.stream().distinct().filter(address -> !address.isV4()).count();
      boolean complete = v4 + v6 > 0 && (v4 == 0 || v4 == 4) && (v6 == 0 || v6 == 4);
      return complete && proxies.size() == v4 + v6
          ? Optional.of(
              new AssignedIps(new ResourceId(json.getString("resource", "")), domain, proxies))
          : Optional.empty();
    } catch (DecodeException | ClassCastException | GatehouseException | NullPointerException e) {
      return Optional.empty(); // A malformed message is no message.
    }
  }

  /** The whole packet. */
  default byte[] packet() {
    return switch (this) {
      case AssignedIps message ->
          packet(
              0,
              new JsonObject()
                  .put("resource", message.resource().value())
                  .put("domain", message.domain())
                  .put(
                      "proxy_ips",
                      new JsonArray(message.proxies().stream().map(IpAddress::toString).toList())));
      case DomainStatus message ->
          packet(
              1,
              new JsonObject()
                  .put("resource", message.resource().value())
                  .put("domain", message.domain())
                  .put("status", message.active() ? "Active" : "Inactive"));
      case Goodbye _ -> packet(2, new JsonObject());
    };
  }

  private static byte[] packet(int kind, JsonObject body) {
    var text = body.isEmpty() ? new byte[0] : body.encode().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(HEADERS + text.length)
        .putInt(0x6000_0000)
        .putShort((short) (8 + text.length))
        .putShort((short) 0xff00)
        .position(40)
        .put((byte) kind)
        .position(HEADERS)
        .put(text)
        .array();
  }
}
