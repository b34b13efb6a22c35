package dev.gatehouse.admin.io;

import static dev.gatehouse.admin.io.Gateway.conflict;
import static dev.gatehouse.admin.io.Gateway.invalid;
import static dev.gatehouse.admin.io.Gateway.notFound;

import dev.gatehouse.admin.core.AddressPlan;
import dev.gatehouse.admin.core.Fields;
import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.admin.core.Views;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Clients: listing, adding with the next free address, removing. */
final class ClientsApi {

  private static final Logger log = LoggerFactory.getLogger(ClientsApi.class);

  private final Gateway gateway;

  /** One at a time chooses an address, so that conflicts come from other gateways only. */
  private final ReentrantLock choosing = new ReentrantLock();

  private final AddressBook taken = new AddressBook();

  ClientsApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(
        new Route("GET", "/v1/clients", Set.of("cursor", "limit"), this::list),
        Route.of("POST", "/v1/clients", this::create),
        Route.of("GET", "/v1/clients/{id}", this::show),
        Route.of("PATCH", "/v1/clients/{id}", this::change),
        Route.of("DELETE", "/v1/clients/{id}", this::remove),
        Route.of("GET", "/v1/gateway", r -> Reply.ok(gateway.settings(r.deadline()))));
  }

  private Reply list(Request request) {
    var page = gateway.store().clients(request.cursor(), request.limit(), request.deadline());
    return Reply.ok(Gateway.view("clients", page, Views::of));
  }

  private Reply show(Request request) {
    var id = new ClientId(request.pathPart("id"));
    var client =
        gateway
            .store()
            .client(id, request.deadline())
            .orElseThrow(() -> notFound("client", id, "client list"));
    return Reply.ok(withGateway(client.value(), request.deadline()));
  }

  private Reply remove(Request request) {
    var id = new ClientId(request.pathPart("id"));
    if (!gateway.store().removeClient(id, request.deadline())) {
      throw notFound("client", id, "client list");
    }
    log.atInfo().addKeyValue("client", id).log("client removed");
    return Reply.ok(Map.of("removed", id.value()));
  }

  private Reply create(Request request) {
    var fields = request.fields();
    var id = fields.required("id", ClientId::new);
    var name = fields.text("name").orElse(id.value());
    var key = fields.required("public-key", PublicKey::parse);
    var addresses = fields.list("addresses", IpAddress::parse);
    var presharedKey = presharedKey(fields);
    fields.finish();
    refuseUnusable(key);
    var client = store(id, name, key, presharedKey, addresses, request.deadline());
    log.atInfo().addKeyValue("client", id).log("client added");
    return Reply.json(201, withGateway(client, request.deadline()));
  }

  private Reply change(Request request) {
    var id = new ClientId(request.pathPart("id"));
    var fields = request.fields();
    var name = fields.text("name");
    var key = fields.value("public-key", PublicKey::parse);
    boolean withoutPresharedKey = fields.text("preshared-key").filter(String::isEmpty).isPresent();
    var presharedKey = presharedKey(fields);
    var addresses = fields.list("addresses", IpAddress::parse);
    fields.finish();
    key.ifPresent(this::refuseUnusable);
    for (int attempt = 0; attempt < Gateway.MAX_ATTEMPTS; attempt++) {
      var current =
          gateway
              .store()
              .client(id, request.deadline())
              .orElseThrow(() -> notFound("client", id, "client list"));
      var old = current.value();
      var changed =
          new Client(
              id,
              name.orElse(old.name()),
              key.orElse(old.publicKey()),
              withoutPresharedKey ? Optional.empty() : presharedKey.or(old::presharedKey),
              addresses.isEmpty() ? old.addresses() : plan().checked(addresses));
      switch (gateway.store().updateClient(changed, current.version(), request.deadline())) {
        case WriteResult.Stored<Client>(var stored) -> {
          log.atInfo().addKeyValue("client", id).log("client changed");
          return Reply.ok(withGateway(stored.value(), request.deadline()));
        }
        case WriteResult.Conflict<Client> _ -> refuseIfTaken(changed, current, request.deadline());
      }
    }
    throw conflict("Others kept changing this client at the same time.", "Try again.");
  }

  /** Returns if the client was merely changed by someone else. */
  private void refuseIfTaken(Client wanted, Versioned<Client> before, Deadline deadline) {
    var owner = gateway.store().clientByKey(wanted.publicKey(), deadline);
    if (owner.isPresent() && !owner.get().value().id().equals(wanted.id())) {
      throw keyTaken(owner.get().value());
    }
    var now = gateway.store().client(wanted.id(), deadline);
    if (now.isPresent() && now.get().version() == before.version()) {
      throw addressTaken();
    }
  }

  private static Optional<SecretKey> presharedKey(Fields fields) {
    return fields
        .text("preshared-key")
        .filter(text -> !text.isEmpty())
        .map(text -> {
          var ascii = text.getBytes(StandardCharsets.US_ASCII);
          try {
            return SecretKey.parse(ascii);
          } finally {
            Arrays.fill(ascii, (byte) 0);
          }
        });
  }

  private void refuseUnusable(PublicKey key) {
    if (key.equals(gateway.context().tunnel().publicKey())) {
      throw invalid("This is the gateway's own public key.", "Give the public key of the client.");
    }
    if (Arrays.equals(key.bytes(), new byte[PublicKey.LENGTH])) {
      throw invalid(
          "The public key is all zero.",
          "Give the 44 characters that 'wg pubkey' or 'gatehouse pubkey' prints.");
    }
  }

  /**
   * Stores a new client.
   *
   * @param addresses its addresses; none to give it the next free ones
   */
  Client store(
      ClientId id,
      String name,
      PublicKey key,
      Optional<SecretKey> presharedKey,
      List<IpAddress> addresses,
      Deadline deadline) {
    var plan = plan();
    if (!addresses.isEmpty()) {
      var client = new Client(id, name, key, presharedKey, plan.checked(addresses));
      return tryStore(client, deadline).orElseThrow(ClientsApi::addressTaken);
    }
    lock(deadline);
    try {
      for (int attempt = 0; attempt < Gateway.MAX_ATTEMPTS; attempt++) {
        var chosen = plan.lowestFree(taken.taken(gateway.store(), deadline));
        var stored = tryStore(new Client(id, name, key, presharedKey, chosen), deadline);
        if (stored.isPresent()) {
          return stored.get();
        }
        taken.forget();
      }
    } catch (RuntimeException e) {
      taken.forget();
      throw e;
    } finally {
      choosing.unlock();
    }
    throw conflict(
        "Other gateways were quicker to take every free address that was tried.", "Try again.");
  }

  /** Empty if it is an address that is taken. */
  private Optional<Client> tryStore(Client client, Deadline deadline) {
    return switch (gateway.store().createClient(client, deadline)) {
      case WriteResult.Stored<Client>(var stored) -> Optional.of(stored.value());
      case WriteResult.Conflict<Client> _ -> {
        refuseIfKnown(client, deadline);
        yield Optional.empty();
      }
    };
  }

  private void refuseIfKnown(Client client, Deadline deadline) {
    if (gateway.store().client(client.id(), deadline).isPresent()) {
      throw conflict(
          "There is a client '" + client.id() + "' already.",
          "Choose another id, or remove it first with 'gatehouse client remove "
              + client.id()
              + "'.");
    }
    var owner = gateway.store().clientByKey(client.publicKey(), deadline);
    if (owner.isPresent()) {
      throw keyTaken(owner.get().value());
    }
  }

  AddressPlan plan() {
    var tun = gateway.context().tun();
    return new AddressPlan(tun.networks(), tun.addresses());
  }

  private static GatehouseException keyTaken(Client owner) {
    return conflict(
        "The public key belongs to client '" + owner.id() + "'.",
        "Every client needs a key pair of its own.");
  }

  private static GatehouseException addressTaken() {
    return conflict(
        "One of the addresses belongs to another client.",
        "Choose a free one, or none to get the next free one.");
  }

  private Map<String, Object> withGateway(Client client, Deadline deadline) {
    var answer = new LinkedHashMap<String, Object>();
    answer.put("client", Views.of(client));
    answer.putAll(gateway.settings(deadline));
    return answer;
  }

  private void lock(Deadline deadline) {
    try {
      long left = Math.max(1, deadline.remaining(gateway.context().time()).toMillis());
      if (choosing.tryLock(left, TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new GatehouseException(
        StandardErrorCode.STORE_DEADLINE,
        "Too many clients are being added at the same time.",
        "Try again.");
  }
}
