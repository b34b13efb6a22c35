package dev.gatehouse.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.store.StoreSnapshot;
import java.lang.ref.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What clients and authorizations keep on the Java heap; the budget is in docs/performance.md. */
class PolicyMemoryTest {

  private static final int CLIENT_BYTES = 2048;
  private static final int GRANT_BYTES = 768;
  private static final int ATTEMPTS = 3;

  /** A model and the table compiled from it. */
  private record Compiled(PolicyModel model, PolicyTable table) {}

  private static Client client(int number) {
    var key = new byte[PublicKey.LENGTH];
    new Random(number).nextBytes(key);
    return new Client(
        new ClientId("client-" + number),
        "Client " + number,
        PublicKey.of(key),
        Optional.empty(),
        new TunnelAddresses(Optional.of(IpAddress.v4(0x6440_0002 + number)), Optional.empty()));
  }

  private static StoreSnapshot snapshot(int clients, int grants) {
    var all = new ArrayList<Client>();
    for (int i = 0; i < clients; i++) {
      all.add(client(i));
    }
    var resources = new ArrayList<Resource>();
    var authorizations = new ArrayList<Authorization>();
    for (int i = 0; i < grants; i++) {
      var id = new ResourceId("resource-" + i);
      resources.add(
          new Resource(
              id,
              "Resource " + i,
              Destination.parse(IpAddress.v4(0x0a80_0000 + i) + "/32"),
              List.of()));
      authorizations.add(
          new Authorization(
              new AuthorizationKey(new ClientId("client-0"), id),
              Instant.EPOCH,
              Optional.of(Instant.EPOCH.plusSeconds(1_000_000)),
              "test"));
    }
    return new StoreSnapshot(1, all, resources, authorizations);
  }

  private static Compiled compiled(StoreSnapshot snapshot) {
    var model =
        new PolicyModel(
            new PolicyTable.Surroundings(
                TunnelAddresses.of(List.of(IpAddress.parse("100.64.0.1"))),
                List.of(Cidr.parse("100.64.0.0/16"))),
            10);
    model.reset(snapshot, 0);
    return new Compiled(model, model.compile());
  }

  @Test
  void aClientFitsItsBudget() {
    int clients = 2000;
    long bytes = retained(() -> compiled(snapshot(clients, 0)));
    assertThat(bytes / clients).as("bytes a client").isLessThan(CLIENT_BYTES);
  }

  @Test
  void anAuthorizationFitsItsBudget() {
    int grants = 4000;
    long bytes = retained(() -> compiled(snapshot(1, grants)));
    assertThat(bytes / grants)
        .as("bytes an authorization with its resource")
        .isLessThan(GRANT_BYTES);
  }

  /** The least the heap grew by making something, as others may use the heap meanwhile. */
  private static long retained(Supplier<?> maker) {
    long least = Long.MAX_VALUE;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      long before = used();
      var made = maker.get();
      long grown;
      try {
        grown = used() - before;
      } finally {
        Reference.reachabilityFence(made);
      }
      if (grown > 0) {
        least = Math.min(least, grown);
      }
    }
    return least;
  }

  private static long used() {
    System.gc();
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
