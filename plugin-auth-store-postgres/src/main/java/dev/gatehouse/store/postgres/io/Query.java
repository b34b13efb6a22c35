package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.store.postgres.core.Wanted;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/**
 * One of several queries that are sent together.
 *
 * @param sql the statement
 * @param binding binds its parameters
 * @param row takes a row of the answer
 */
record Query(String sql, Binding binding, Row row) {

  /** Takes a row. */
  interface Row {
    void take(ResultSet row) throws SQLException;
  }

  static void addClients(List<Query> queries, Wanted wanted, List<Versioned<Client>> found) {
    Row each = row -> found.add(Rows.client(row));
    var select = "select " + Rows.CLIENT + " from clients where ";
    if (!wanted.clients().isEmpty()) {
      var ids = wanted.clients().stream().map(ClientId::value).toArray(String[]::new);
      queries.add(new Query(select + "id = any(?)", array("text", ids), each));
    }
    if (!wanted.publicKeys().isEmpty()) {
      var keys = wanted.publicKeys().stream().map(PublicKey::bytes).toArray(byte[][]::new);
      queries.add(new Query(select + "public_key = any(?)", array("bytea", keys), each));
    }
    if (!wanted.addresses().isEmpty()) {
      var texts = wanted.addresses().stream().map(IpAddress::toString).toArray(String[]::new);
      queries.add(new Query(select + "v4 = any(?)", array("text", texts), each));
      queries.add(new Query(select + "v6 = any(?)", array("text", texts), each));
    }
  }

  static void addResources(List<Query> queries, Wanted wanted, List<Versioned<Resource>> found) {
    if (!wanted.resources().isEmpty()) {
      var ids = wanted.resources().stream().map(ResourceId::value).toArray(String[]::new);
      queries.add(
          new Query(
              "select " + Rows.RESOURCE + " from resources where id = any(?)",
              array("text", ids),
              row -> found.add(Rows.resource(row))));
    }
  }

  static void addAuthorizations(
      List<Query> queries, Wanted wanted, Instant dueAt, List<Versioned<Authorization>> found) {
    Row each = row -> found.add(Rows.authorization(row));
    var select = "select " + Rows.AUTHORIZATION + " from authorizations";
    if (wanted.everything()) {
      queries.add(new Query(select, (c, s, first) -> first, each));
      return;
    }
    if (!wanted.keys().isEmpty()) {
      var keys = columns(wanted.keys());
      queries.add(
          new Query(
              select
                  + " join "
                  + keys.unnest()
                  + " as wanted (c, r) on client = c and resource = r",
              keys::bind,
              each));
    }
    if (!wanted.allOfClients().isEmpty()) {
      var ids = wanted.allOfClients().stream().map(ClientId::value).toArray(String[]::new);
      queries.add(new Query(select + " where client = any(?)", array("text", ids), each));
    }
    if (!wanted.allForResources().isEmpty()) {
      var ids = wanted.allForResources().stream().map(ResourceId::value).toArray(String[]::new);
      queries.add(new Query(select + " where resource = any(?)", array("text", ids), each));
    }
    if (wanted.due() > 0) {
      queries.add(
          new Query(
              select
                  + " where expires_s is not null and (expires_s, expires_n) <= (?, ?)"
                  + " order by expires_s, expires_n limit "
                  + wanted.due(),
              (c, s, first) -> {
                s.setLong(first, dueAt.getEpochSecond());
                s.setInt(first + 1, dueAt.getNano());
                return first + 2;
              },
              each));
    }
  }

  private static Columns columns(Collection<AuthorizationKey> keys) {
    var columns = new Columns("text", "text");
    keys.forEach(key -> columns.add(key.client().value(), key.resource().value()));
    return columns;
  }

  private static Binding array(String type, Object[] values) {
    return (c, s, first) -> {
      s.setArray(first, c.createArrayOf(type, values));
      return first + 1;
    };
  }
}
