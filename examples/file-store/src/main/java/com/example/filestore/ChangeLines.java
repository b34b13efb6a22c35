package com.example.filestore;

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
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A change as a line of words, and back. Words are encoded, so that none holds a space. */
final class ChangeLines {

  private ChangeLines() {}

  static String write(StoreChange change) {
    return switch (change) {
      case StoreChange.ClientPut(var c, var version) ->
          line(
              "client",
              version,
              c.id().value(),
              c.name(),
              c.publicKey().toString(),
              c.presharedKey().map(ChangeLines::base64).orElse(""),
              list(c.addresses().all()));
      case StoreChange.ClientRemoved(var id, var version) ->
          line("no-client", version, id.value());
      case StoreChange.ResourcePut(var r, var version) ->
          line(
              "resource",
              version,
              r.id().value(),
              r.name(),
              switch (r.destination()) {
                case Destination.Network _ -> "network";
                case Destination.DnsName _ -> "name";
                case Destination.Internet _ -> "internet";
              },
              r.destination().toString(),
              list(r.filters()));
      case StoreChange.ResourceRemoved(var id, var version) ->
          line("no-resource", version, id.value());
      case StoreChange.AuthorizationPut(var a, var version) ->
          line(
              "authorization",
              version,
              a.key().client().value(),
              a.key().resource().value(),
              a.grantedAt().toString(),
              a.expiresAt().map(Instant::toString).orElse(""),
              a.origin());
      case StoreChange.AuthorizationRemoved(var key, var reason, var version) ->
          line(
              "no-authorization",
              version,
              key.client().value(),
              key.resource().value(),
              reason.name());
      case StoreChange.Gap gap -> throw new IllegalArgumentException("not a change: " + gap);
    };
  }

  /** Throws an unchecked exception for anything that {@link #write} did not write. */
  static StoreChange read(String line) {
    var words =
        Arrays.stream(line.split(" ", -1))
            .map(word -> URLDecoder.decode(word, StandardCharsets.UTF_8))
            .toList();
    long version = Long.parseLong(words.get(1));
    return switch (words.get(0)) {
      case "client" ->
          new StoreChange.ClientPut(
              new Client(
                  new ClientId(words.get(2)),
                  words.get(3),
                  PublicKey.parse(words.get(4)),
                  some(words.get(5))
                      .map(text -> SecretKey.parse(text.getBytes(StandardCharsets.US_ASCII))),
                  TunnelAddresses.of(
                      items(words.get(6)).stream().map(IpAddress::parse).toList())),
              version);
      case "no-client" -> new StoreChange.ClientRemoved(new ClientId(words.get(2)), version);
      case "resource" ->
          new StoreChange.ResourcePut(
              new Resource(
                  new ResourceId(words.get(2)),
                  words.get(3),
                  switch (words.get(4)) {
                    case "network" -> new Destination.Network(Cidr.parse(words.get(5)));
                    case "name" -> new Destination.DnsName(words.get(5));
                    default -> new Destination.Internet();
                  },
                  items(words.get(6)).stream().map(Filter::parse).toList()),
              version);
      case "no-resource" -> new StoreChange.ResourceRemoved(new ResourceId(words.get(2)), version);
      case "authorization" ->
          new StoreChange.AuthorizationPut(
              new Authorization(
                  key(words),
                  Instant.parse(words.get(4)),
                  some(words.get(5)).map(Instant::parse),
                  words.get(6)),
              version);
      case "no-authorization" ->
          new StoreChange.AuthorizationRemoved(
              key(words), EndReason.valueOf(words.get(4)), version);
      default -> throw new IllegalArgumentException("an unknown change");
    };
  }

  private static AuthorizationKey key(List<String> words) {
    return new AuthorizationKey(new ClientId(words.get(2)), new ResourceId(words.get(3)));
  }

  private static String base64(SecretKey key) {
    return new String(key.toBase64(), StandardCharsets.US_ASCII);
  }

  private static String line(String kind, long version, String... words) {
    return kind
        + " "
        + version
        + " "
        + Arrays.stream(words)
            .map(word -> URLEncoder.encode(word, StandardCharsets.UTF_8))
            .collect(Collectors.joining(" "));
  }

  private static String list(List<?> items) {
    return items.stream().map(Object::toString).collect(Collectors.joining(" "));
  }

  private static List<String> items(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" ", -1));
  }

  private static Optional<String> some(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
