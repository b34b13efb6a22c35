package dev.gatehouse.launcher.store;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.model.TunnelAddresses;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Clients, resources and authorizations as the JSON objects of an export, and back. */
final class StoreLine {

  private final Map<String, Object> fields;

  StoreLine(Map<String, Object> fields) {
    this.fields = fields;
  }

  static Map<String, Object> of(Client client) {
    var line = new LinkedHashMap<String, Object>();
    line.put("client", client.id().value());
    line.put("name", client.name());
    line.put("public-key", client.publicKey().toString());
    client.presharedKey().ifPresent(key -> line.put("preshared-key", base64(key)));
    line.put("addresses", client.addresses().all().stream().map(IpAddress::toString).toList());
    return line;
  }

  static Map<String, Object> of(Resource resource) {
    var line = new LinkedHashMap<String, Object>();
    line.put("resource", resource.id().value());
    line.put("name", resource.name());
    // The kind stands beside the text, because a DNS name may look like something else.
    line.put(
        switch (resource.destination()) {
          case Destination.Network _ -> "network";
          case Destination.DnsName _ -> "dns-name";
          case Destination.Internet _ -> "other";
        },
        resource.destination().toString());
    line.put("filters", resource.filters().stream().map(Filter::toString).toList());
    return line;
  }

  static Map<String, Object> of(Authorization authorization) {
    var line = new LinkedHashMap<String, Object>();
    line.put(
        "authorization",
        List.of(authorization.key().client().value(), authorization.key().resource().value()));
    line.put("granted-at", authorization.grantedAt().toString());
    authorization.expiresAt().ifPresent(moment -> line.put("expires-at", moment.toString()));
    line.put("origin", authorization.origin());
    return line;
  }

  private static String base64(SecretKey key) {
    var ascii = key.toBase64();
    try {
      return new String(ascii, StandardCharsets.US_ASCII);
    } finally {
      Arrays.fill(ascii, (byte) 0);
    }
  }

  boolean isClient() {
    return fields.containsKey("client");
  }

  boolean isResource() {
    return fields.containsKey("resource");
  }

  boolean isAuthorization() {
    return fields.containsKey("authorization");
  }

  Client client() {
    only("client", "name", "public-key", "preshared-key", "addresses");
    return new Client(
        new ClientId(text("client")),
        text("name"),
        PublicKey.parse(text("public-key")),
        optional("preshared-key", StoreLine::secret),
        TunnelAddresses.of(texts("addresses").stream().map(IpAddress::parse).toList()));
  }

  private static SecretKey secret(String text) {
    return SecretKey.parse(text.getBytes(StandardCharsets.US_ASCII));
  }

  Resource resource() {
    only("resource", "name", "network", "dns-name", "other", "filters");
    return new Resource(
        new ResourceId(text("resource")),
        text("name"),
        destination(),
        texts("filters").stream().map(Filter::parse).toList());
  }

  private Destination destination() {
    var network =
        optional("network", text -> (Destination) new Destination.Network(Cidr.parse(text)));
    var name = optional("dns-name", text -> (Destination) new Destination.DnsName(text));
    var other = optional("other", Destination::parse);
    if (network.isPresent()
        ? name.isPresent() || other.isPresent()
        : name.isPresent() && other.isPresent()) {
      throw wrong("it names several destinations");
    }
    return network.or(() -> name).or(() -> other).orElseThrow(() -> wrong("'network' is missing"));
  }

  Authorization authorization() {
    only("authorization", "granted-at", "expires-at", "origin");
    var key = texts("authorization");
    if (key.size() != 2) {
      throw wrong("'authorization' must be the ids of a client and a resource");
    }
    return new Authorization(
        new AuthorizationKey(new ClientId(key.getFirst()), new ResourceId(key.getLast())),
        moment(text("granted-at")),
        optional("expires-at", StoreLine::moment),
        text("origin"));
  }

  private static Instant moment(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw wrong("'" + text + "' is not a moment like 2030-01-31T18:00:00Z");
    }
  }

  /** A field that never is in a line one has written oneself would be lost, perhaps a filter. */
  private void only(String... known) {
    for (var key : fields.keySet()) {
      if (!Set.of(known).contains(key)) {
        throw wrong("'" + key + "' is not known here");
      }
    }
  }

  long number(String key) {
    return fields.get(key) instanceof Number number ? number.longValue() : -1;
  }

  private String text(String key) {
    return optional(key, text -> text).orElseThrow(() -> wrong("'" + key + "' is missing"));
  }

  private <T> Optional<T> optional(String key, Function<String, T> parser) {
    var value = fields.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text) {
      return Optional.of(parser.apply(text));
    }
    throw wrong("'" + key + "' is not a text");
  }

  private List<String> texts(String key) {
    if (fields.get(key) instanceof List<?> list
        && list.stream().allMatch(String.class::isInstance)) {
      return list.stream().map(String.class::cast).toList();
    }
    throw wrong("'" + key + "' is not a list of texts");
  }

  static GatehouseException wrong(String problem) {
    return new GatehouseException(StandardErrorCode.REQUEST_INVALID, problem, "");
  }
}
