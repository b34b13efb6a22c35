package dev.gatehouse.api.store;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Resource;
import java.util.List;

/**
 * Everything in the store at one version.
 *
 * @param version the version; watching from it misses nothing
 * @param clients all clients
 * @param resources all resources
 * @param authorizations all authorizations, expired ones that were not swept yet included
 * @since 0.1.0
 */
public record StoreSnapshot(
    long version,
    List<Client> clients,
    List<Resource> resources,
    List<Authorization> authorizations) {}
