package dev.gatehouse.store.core;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.store.Versioned;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything in the tables at one version, in the order of keys.
 *
 * @param version the version
 * @param clients all clients
 * @param resources all resources
 * @param authorizations all authorizations
 */
public record Contents(
    long version,
    List<Versioned<Client>> clients,
    List<Versioned<Resource>> resources,
    List<Held> authorizations) {

  /** Copies the tables. */
  public static Contents of(Tables tables) {
    var authorizations = new ArrayList<Held>(tables.authorizationCount());
    tables.forEachAuthorization(authorizations::add);
    return new Contents(
        tables.version(),
        List.copyOf(tables.clients().values()),
        List.copyOf(tables.resources().values()),
        authorizations);
  }
}
