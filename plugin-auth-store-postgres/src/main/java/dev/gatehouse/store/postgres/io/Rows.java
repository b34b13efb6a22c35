package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.GatehouseException;
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
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.store.postgres.core.LoggedChange;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Values as rows of tables, and back. */
final class Rows {

  static final String CLIENT = "id, name, public_key, preshared_key, v4, v6, version";
  static final String RESOURCE = "id, name, destination_kind, destination, filters, version";
  static final String AUTHORIZATION =
      "client, resource, granted_s, granted_n, expires_s, expires_n, origin, version";
  static final String CHANGE =
      "version, kind, client, resource, reason, name, public_key, preshared_key, v4, v6,"
          + " destination_kind, destination, filters, granted_s, granted_n, expires_s, expires_n,"
          + " origin";

  static final String[] CLIENT_TYPES = {"text", "text", "bytea", "bytea", "text", "text", "int8"};
  static final String[] RESOURCE_TYPES = {"text", "text", "text", "text", "text", "int8"};
  static final String[] AUTHORIZATION_TYPES = {
    "text", "text", "int8", "int4", "int8", "int4", "text", "int8"
  };
  static final String[] CHANGE_TYPES = {
    "int8", "text", "text", "text", "text", "text", "bytea", "bytea", "text", "text", "text",
    "text", "text", "int8", "int4", "int8", "int4", "text"
  };

  private Rows() {}

  /** A value out of a row, which may turn out not to be one. */
  private interface Reading<T> {
    T read() throws SQLException;
  }

  private static <T> T checked(String what, Reading<T> reading) throws SQLException {
    try {
      return reading.read();
    } catch (GatehouseException
        | IllegalArgumentException
        | DateTimeException
        | NullPointerException e) {
      throw new SQLException("a stored " + what + " cannot be understood", "XX001", e);
    }
  }

  static @Nullable Object[] of(Versioned<Client> client) {
    var value = client.value();
    return new @Nullable Object[] {
      value.id().value(),
      value.name(),
      value.publicKey().bytes(),
      value.presharedKey().map(Rows::bytes).orElse(null),
      value.addresses().v4().map(IpAddress::toString).orElse(null),
      value.addresses().v6().map(IpAddress::toString).orElse(null),
      client.version()
    };
  }

  private static byte[] bytes(SecretKey key) {
    var bytes = new byte[SecretKey.LENGTH];
    key.copyTo(bytes, 0);
    return bytes;
  }

  static @Nullable Object[] ofResource(Versioned<Resource> resource) {
    var value = resource.value();
    return new @Nullable Object[] {
      value.id().value(),
      value.name(),
      kind(value.destination()),
      value.destination().toString(),
      filters(value),
      resource.version()
    };
  }

  private static String filters(Resource resource) {
    return resource.filters().stream().map(Filter::toString).collect(Collectors.joining(" "));
  }

  static @Nullable Object[] ofAuthorization(Versioned<Authorization> authorization) {
    var value = authorization.value();
    var granted = value.grantedAt();
    return new @Nullable Object[] {
      value.key().client().value(),
      value.key().resource().value(),
      granted.getEpochSecond(),
      granted.getNano(),
      value.expiresAt().map(Instant::getEpochSecond).orElse(null),
      value.expiresAt().map(Instant::getNano).orElse(null),
      value.origin(),
      authorization.version()
    };
  }

  /** With its kind, because a DNS name may look like another kind of destination. */
  private static String kind(Destination destination) {
    return switch (destination) {
      case Destination.Network network -> "network";
      case Destination.DnsName name -> "dns";
      case Destination.Internet internet -> "internet";
    };
  }

  static @Nullable Object[] ofChange(LoggedChange logged) {
    var row = new @Nullable Object[CHANGE_TYPES.length];
    row[0] = logged.version();
    switch (logged.change()) {
      case StoreChange.ClientPut(var client, var version) -> {
        var stored = of(new Versioned<>(client, version));
        row[1] = "client";
        row[2] = stored[0];
        System.arraycopy(stored, 1, row, 5, 5);
      }
      case StoreChange.ClientRemoved removed -> {
        row[1] = "client-removed";
        row[2] = removed.client().value();
      }
      case StoreChange.ResourcePut(var resource, var version) -> {
        var stored = ofResource(new Versioned<>(resource, version));
        row[1] = "resource";
        row[3] = stored[0];
        row[5] = stored[1];
        System.arraycopy(stored, 2, row, 10, 3);
      }
      case StoreChange.ResourceRemoved removed -> {
        row[1] = "resource-removed";
        row[3] = removed.resource().value();
      }
      case StoreChange.AuthorizationPut(var authorization, var version) -> {
        var stored = ofAuthorization(new Versioned<>(authorization, version));
        row[1] = logged.isNew() ? "granted" : "extended";
        System.arraycopy(stored, 0, row, 2, 2);
        System.arraycopy(stored, 2, row, 13, 5);
      }
      case StoreChange.AuthorizationRemoved removed -> {
        row[1] = "ended";
        row[2] = removed.key().client().value();
        row[3] = removed.key().resource().value();
        row[4] = removed.reason().name().toLowerCase(Locale.ROOT);
      }
      case StoreChange.Gap gap -> throw new IllegalArgumentException("not a change: " + gap);
    }
    return row;
  }

  static Versioned<Client> client(ResultSet row) throws SQLException {
    return new Versioned<>(clientValue(row, "id"), row.getLong("version"));
  }

  private static Client clientValue(ResultSet row, String id) throws SQLException {
    return checked(
        "client",
        () -> {
          var secret = row.getBytes("preshared_key");
          var key = Optional.ofNullable(secret).map(SecretKey::of);
          if (secret != null) {
            Arrays.fill(secret, (byte) 0);
          }
          return new Client(
              new ClientId(row.getString(id)),
              row.getString("name"),
              PublicKey.of(row.getBytes("public_key")),
              key,
              new TunnelAddresses(
                  Optional.ofNullable(row.getString("v4")).map(IpAddress::parse),
                  Optional.ofNullable(row.getString("v6")).map(IpAddress::parse)));
        });
  }

  static Versioned<Resource> resource(ResultSet row) throws SQLException {
    return new Versioned<>(resourceValue(row, "id"), row.getLong("version"));
  }

  private static Resource resourceValue(ResultSet row, String id) throws SQLException {
    return checked(
        "resource",
        () ->
            new Resource(
                new ResourceId(row.getString(id)),
                row.getString("name"),
                destination(row.getString("destination_kind"), row.getString("destination")),
                filters(row.getString("filters"))));
  }

  private static Destination destination(String kind, String text) {
    return switch (kind) {
      case "network" -> new Destination.Network(Cidr.parse(text));
      case "dns" -> new Destination.DnsName(text);
      case "internet" -> new Destination.Internet();
      default -> throw new IllegalArgumentException("kind of destination " + kind);
    };
  }

  private static List<Filter> filters(String text) {
    var filters = new ArrayList<Filter>();
    if (!text.isEmpty()) {
      for (var filter : text.split(" ", -1)) {
        filters.add(Filter.parse(filter));
      }
    }
    return filters;
  }

  static Versioned<Authorization> authorization(ResultSet row) throws SQLException {
    return new Versioned<>(authorizationValue(row), row.getLong("version"));
  }

  private static Authorization authorizationValue(ResultSet row) throws SQLException {
    return checked(
        "authorization",
        () -> {
          long expiry = row.getLong("expires_s");
          boolean endless = row.wasNull();
          return new Authorization(
              key(row),
              Instant.ofEpochSecond(row.getLong("granted_s"), row.getInt("granted_n")),
              endless
                  ? Optional.empty()
                  : Optional.of(Instant.ofEpochSecond(expiry, row.getInt("expires_n"))),
              row.getString("origin"));
        });
  }

  private static AuthorizationKey key(ResultSet row) throws SQLException {
    return new AuthorizationKey(
        new ClientId(row.getString("client")), new ResourceId(row.getString("resource")));
  }

  static LoggedChange change(ResultSet row) throws SQLException {
    return checked("change", () -> changeValue(row));
  }

  private static LoggedChange changeValue(ResultSet row) throws SQLException {
    long version = row.getLong("version");
    var kind = row.getString("kind");
    StoreChange change =
        switch (kind) {
          case "client" -> new StoreChange.ClientPut(clientValue(row, "client"), version);
          case "client-removed" ->
              new StoreChange.ClientRemoved(new ClientId(row.getString("client")), version);
          case "resource" -> new StoreChange.ResourcePut(resourceValue(row, "resource"), version);
          case "resource-removed" ->
              new StoreChange.ResourceRemoved(new ResourceId(row.getString("resource")), version);
          case "granted", "extended" ->
              new StoreChange.AuthorizationPut(authorizationValue(row), version);
          case "ended" ->
              new StoreChange.AuthorizationRemoved(
                  key(row),
                  EndReason.valueOf(row.getString("reason").toUpperCase(Locale.ROOT)),
                  version);
          default -> throw new IllegalArgumentException("kind of change " + kind);
        };
    return new LoggedChange(change, kind.equals("granted"));
  }
}
