package dev.gatehouse.store.postgres.io;

import dev.gatehouse.store.postgres.core.WorkingSet;
import java.util.ArrayList;
import java.util.List;

/**
 * The statements that write what changed.
 *
 * @param sql where to put them
 * @param bindings where to put what binds their parameters
 */
record Writing(List<String> sql, List<Binding> bindings) {

  void of(WorkingSet rows) {
    var goneAuthorizations = new Columns("text", "text");
    var authorizations = new Columns(Rows.AUTHORIZATION_TYPES);
    for (var key : rows.changedAuthorizations()) {
      var stored = rows.authorization(key);
      if (stored == null) {
        goneAuthorizations.add(key.client().value(), key.resource().value());
      } else {
        authorizations.add(Rows.ofAuthorization(stored));
      }
    }
    var goneClients = new Columns("text");
    var clients = new Columns(Rows.CLIENT_TYPES);
    for (var client : rows.changedClients()) {
      var stored = rows.client(client);
      if (stored == null) {
        goneClients.add(client.value());
      } else {
        clients.add(Rows.of(stored));
      }
    }
    var goneResources = new Columns("text");
    var resources = new Columns(Rows.RESOURCE_TYPES);
    for (var resource : rows.changedResources()) {
      var stored = rows.resource(resource);
      if (stored == null) {
        goneResources.add(resource.value());
      } else {
        resources.add(Rows.ofResource(stored));
      }
    }
    var changes = new Columns(Rows.CHANGE_TYPES);
    rows.changes().forEach(change -> changes.add(Rows.ofChange(change)));

    add(
        goneAuthorizations,
        "delete from authorizations using %s as gone (c, r) where client = c and resource = r");
    add(goneClients, "delete from clients using %s as gone (c) where id = c");
    add(goneResources, "delete from resources using %s as gone (r) where id = r");
    add(clients, upsert("clients", Rows.CLIENT, "id"));
    add(resources, upsert("resources", Rows.RESOURCE, "id"));
    add(authorizations, upsert("authorizations", Rows.AUTHORIZATION, "client, resource"));
    add(changes, "insert into changes (" + Rows.CHANGE + ") select * from %s");
  }

  private static String upsert(String table, String columns, String key) {
    var assignments = new ArrayList<String>();
    for (var column : columns.split(", ", -1)) {
      assignments.add(column + " = excluded." + column);
    }
    return "insert into "
        + table
        + " ("
        + columns
        + ") select * from %s on conflict ("
        + key
        + ") do update set "
        + String.join(", ", assignments);
  }

  private void add(Columns rows, String template) {
    if (!rows.isEmpty()) {
      sql.add(template.formatted(rows.unnest()));
      bindings.add(rows::bind);
    }
  }
}
