package com.example.appliance;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.event.GatewayEvent.AuthorizationEvent;
import dev.gatehouse.api.event.GatewayEvent.AuthorizationGranted;
import dev.gatehouse.api.event.GatewayEvent.AuthorizationRevoked;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.client.ClientConfig;
import dev.gatehouse.client.ClientProvider;
import dev.gatehouse.crypto.WireGuardProvider;
import dev.gatehouse.gateway.PolicyConfig;
import dev.gatehouse.gateway.PolicyProvider;
import dev.gatehouse.launcher.Gatehouse;
import dev.gatehouse.launcher.GatewaySettings;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.UdpTransportProvider;
import dev.gatehouse.store.MemoryStoreConfig;
import dev.gatehouse.store.MemoryStoreProvider;
import dev.gatehouse.store.SqliteStoreConfig;
import dev.gatehouse.store.SqliteStoreProvider;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A heating controller that can be reached from outside by those its owner lets in. The gateway is
 * a part of the program: it brings its own Vert.x, its own device towards the controller, and an
 * ear for what happens. A technician's laptop, which also is a Gatehouse, plays the other end, so
 * that the program shows everything by itself, without root.
 */
public final class Appliance {

  private static final IpAddress CONTROLLER = IpAddress.parse("10.20.0.10");
  private static final IpAddress TECHNICIAN = IpAddress.parse("100.64.0.2");
  private static final AuthorizationKey ACCESS =
      new AuthorizationKey(new ClientId("technician"), new ResourceId("controller"));

  private Appliance() {}

  /** Shows what the appliance does; takes the directory for its state. */
  public static void main(String... arguments) throws Exception {
    // The gateway reads its sockets on the event loops, so they have to be the native ones.
    var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    try {
      show(Path.of(arguments[0]), vertx);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    System.out.println("closed");
  }

  private static void show(Path state, Vertx vertx) throws InterruptedException {
    var visitors = new Visitors();
    try (var gateway = gateway(state.resolve("gateway"), vertx, visitors);
        var laptop = new Laptop(state.resolve("laptop"), gateway)) {
      gateway.store().createClient(client(laptop), soon());
      gateway.store().createResource(controller(), soon());
      System.out.println("the appliance listens on " + gateway.transport().listening().getFirst());

      System.out.println("ping: " + laptop.pings("refused"));
      grant(gateway);
      System.out.println("ping: " + laptop.pings("answered"));
      gateway.store().revoke(ACCESS, soon());
      System.out.println("ping: " + laptop.pings("refused"));
      System.out.println("visitors: " + visitors.status().get("seen"));
    }
  }

  private static Gatehouse gateway(Path state, Vertx vertx, Visitors visitors) {
    return Gatehouse.builder()
        .stateDirectory(state)
        .vertx(vertx)
        .settings(GatewaySettings.defaults().withBatches(32))
        .provider(new SqliteStoreProvider(), SqliteStoreConfig.defaults())
        .provider(new UdpTransportProvider(), loopback())
        .provider(new WireGuardProvider())
        .provider(new PolicyProvider(), PolicyConfig.DEFAULTS)
        .tun(
            "controller",
            context ->
                new PacketDevice(
                    context, InterfaceAddress.parse("100.64.0.1/16"), Ping::answer))
        .stage("visitors", visitors::in)
        .on(AuthorizationEvent.class, Appliance::tell)
        .start();
  }

  /** Own listeners hear everything from the first event on. */
  private static void tell(AuthorizationEvent event) {
    switch (event) {
      case AuthorizationGranted granted ->
          System.out.println("granted: " + granted.authorization().key());
      case AuthorizationRevoked revoked -> System.out.println("revoked: " + revoked.key());
      default -> {}
    }
  }

  private static void grant(Gatehouse gateway) {
    var now = Instant.now();
    gateway
        .store()
        .grant(
            new Authorization(ACCESS, now, Optional.of(now.plus(Duration.ofHours(2))), "owner"),
            soon());
  }

  private static Client client(Laptop laptop) {
    return new Client(
        ACCESS.client(),
        "Technician",
        laptop.gatehouse().tunnel().publicKey(),
        Optional.empty(),
        laptop.gatehouse().tun().addresses());
  }

  private static Resource controller() {
    return new Resource(
        ACCESS.resource(),
        "Heating controller",
        new Destination.Network(Cidr.parse(CONTROLLER.toString())),
        List.of());
  }

  private static UdpConfig loopback() {
    return new UdpConfig(List.of(Endpoint.parse("127.0.0.1:0")), false, 1 << 20, 1 << 20, true);
  }

  private static Deadline soon() {
    return Deadline.after(Duration.ofSeconds(10), TimeSource.system());
  }

  /** The other end: a second Gatehouse in the same process, in the role of a client. */
  private record Laptop(Gatehouse gatehouse, Answers answers) implements AutoCloseable {

    Laptop(Path state, Gatehouse gateway) {
      this(state, gateway, new Answers());
    }

    private Laptop(Path state, Gatehouse gateway, Answers answers) {
      this(
          Gatehouse.builder()
              .stateDirectory(state)
              .provider(new MemoryStoreProvider(), new MemoryStoreConfig())
              .provider(new UdpTransportProvider(), loopback())
              .provider(new WireGuardProvider())
              .provider(new ClientProvider(), towards(gateway))
              .configuration("plugins.stages = [\"client\"]")
              .tun(
                  "laptop",
                  context ->
                      answers.device(
                          new PacketDevice(
                              context,
                              InterfaceAddress.parse(TECHNICIAN + "/32"),
                              answers::hear)))
              .start(),
          answers);
    }

    private static ClientConfig towards(Gatehouse gateway) {
      return new ClientConfig(
          gateway.tunnel().publicKey(),
          gateway.transport().listening().getFirst(),
          Optional.empty(),
          List.of(Cidr.parse("10.20.0.0/24")),
          Optional.empty());
    }

    /** Pings until it goes as expected: changes take effect at once, but not before. */
    String pings(String expected) throws InterruptedException {
      return answers.until(expected, Ping.request(TECHNICIAN, CONTROLLER));
    }

    @Override
    public void close() {
      gatehouse.close();
    }
  }
}
