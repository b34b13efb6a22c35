package dev.gatehouse.store.postgres.core;

import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.ResourceId;
import java.util.LinkedHashSet;
import java.util.Set;

/** The rows that operations have to see. */
public final class Wanted {

  private final Set<ClientId> clients = new LinkedHashSet<>();
  private final Set<PublicKey> publicKeys = new LinkedHashSet<>();
  private final Set<IpAddress> addresses = new LinkedHashSet<>();
  private final Set<ResourceId> resources = new LinkedHashSet<>();
  private final Set<AuthorizationKey> keys = new LinkedHashSet<>();
  private final Set<ClientId> allOfClients = new LinkedHashSet<>();
  private final Set<ResourceId> allForResources = new LinkedHashSet<>();
  private int due;
  private boolean everything;

  /** Nothing yet. */
  public Wanted() {}

  /** A client. */
  public void client(ClientId id) {
    clients.add(id);
  }

  /** A client, and whoever else has its key or one of its addresses. */
  public void identity(Client client) {
    clients.add(client.id());
    publicKeys.add(client.publicKey());
    addresses.addAll(client.addresses().all());
  }

  /** A resource. */
  public void resource(ResourceId id) {
    resources.add(id);
  }

  /** An authorization. */
  public void authorization(AuthorizationKey key) {
    keys.add(key);
  }

  /** All authorizations of a client. */
  public void authorizationsOf(ClientId client) {
    allOfClients.add(client);
  }

  /** All authorizations for a resource. */
  public void authorizationsFor(ResourceId resource) {
    allForResources.add(resource);
  }

  /** This many authorizations that have come to their end. */
  public void due(int limit) {
    due = Math.max(due, limit);
  }

  /** All authorizations. */
  public void allAuthorizations() {
    everything = true;
  }

  /** Clients by id. */
  public Set<ClientId> clients() {
    return clients;
  }

  /** Clients by public key. */
  public Set<PublicKey> publicKeys() {
    return publicKeys;
  }

  /** Clients by tunnel address. */
  public Set<IpAddress> addresses() {
    return addresses;
  }

  /** Resources by id. */
  public Set<ResourceId> resources() {
    return resources;
  }

  /** Authorizations by key. */
  public Set<AuthorizationKey> keys() {
    return keys;
  }

  /** Clients whose authorizations are all wanted. */
  public Set<ClientId> allOfClients() {
    return allOfClients;
  }

  /** Resources for which all authorizations are wanted. */
  public Set<ResourceId> allForResources() {
    return allForResources;
  }

  /** How many authorizations that have come to their end are wanted. */
  public int due() {
    return due;
  }

  /** Whether all authorizations are wanted. */
  public boolean everything() {
    return everything;
  }
}
