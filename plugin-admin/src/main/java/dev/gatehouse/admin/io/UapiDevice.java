package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.uapi.Answer;
import dev.gatehouse.admin.core.uapi.ClientPlan;
import dev.gatehouse.admin.core.uapi.DeviceChange;
import dev.gatehouse.admin.core.uapi.Errno;
import dev.gatehouse.admin.core.uapi.Refusal;
import dev.gatehouse.admin.core.uapi.Request;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.PolicyExplainer;
import dev.gatehouse.api.store.Versioned;
import dev.gatehouse.api.store.WriteResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway as a WireGuard device: its peers are the clients of the store. What is set is first
 * checked as a whole, then written client by client; removing a peer is an operator's revocation
 * and takes the client's authorizations with it.
 */
final class UapiDevice {

  private static final Logger log = LoggerFactory.getLogger(UapiDevice.class);

  /** What {@code gatehouse clients} shows of clients that came this way. */
  static final String NAME = "added with wg";

  /** How long the tunnel may take to do what the store says. */
  private static final Duration TUNNEL_TIME = Duration.ofSeconds(5);

  private static final long PAUSE_NANOS = 2_000_000;

  private final Gateway gateway;
  private final ClientsApi clients;
  private final Duration timeout;
  private final ReentrantLock changing = new ReentrantLock();

  UapiDevice(Gateway gateway, ClientsApi clients, Duration timeout) {
    this.gateway = gateway;
    this.clients = clients;
    this.timeout = timeout;
  }

  /** Does what is asked and writes the answer. Blocks; never fails. */
  void answer(Request request, Answer answer) {
    try {
      switch (request) {
        case Request.Get _ -> describe(answer);
        case Request.Set(var change) -> {
          changing.lockInterruptibly();
          try {
            change(change);
          } finally {
            changing.unlock();
          }
        }
        case Request.Malformed(var why) -> throw why;
      }
      answer.succeeds();
    } catch (Refusal e) {
      refused(answer, e);
    } catch (GatehouseException e) {
      log.atDebug().setCause(e).log("request by wg failed");
      refused(answer, new Refusal(errno(e), e.problem(), e.fix()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      refused(answer, new Refusal(Errno.TIMED_OUT, "The gateway is stopping.", ""));
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("request by wg failed");
      refused(answer, new Refusal(Errno.INPUT_OUTPUT, "It failed by a fault of ours.", ""));
    }
  }

  private static void refused(Answer answer, Refusal why) {
    log.atInfo()
        .addKeyValue("errno", why.errno())
        .addKeyValue("problem", why.problem())
        .addKeyValue("fix", why.fix())
        .log("request by wg refused");
    answer.close();
    answer.fails(why.errno());
  }

  private static Errno errno(GatehouseException e) {
    return switch (e.code()) {
      case StandardErrorCode.CONFLICT -> Errno.ADDRESS_IN_USE;
      case StandardErrorCode.REQUEST_INVALID -> Errno.INVALID;
      case StandardErrorCode.STORE_DEADLINE -> Errno.TIMED_OUT;
      default -> Errno.INPUT_OUTPUT;
    };
  }

  private Deadline soon() {
    return Deadline.after(timeout, gateway.context().time());
  }

  private void describe(Answer answer) throws InterruptedException {
    var tunnel = gateway.context().tunnel();
    var privateKey = tunnel.privateKey();
    try {
      answer.device(privateKey, port());
    } finally {
      privateKey.ifPresent(SecretKey::close);
    }
    var states = new LinkedHashMap<PublicKey, PeerStatus>();
    for (var peer : Futures.get(tunnel.peers(), timeout)) {
      states.put(peer.publicKey(), peer);
    }
    var deadline = soon();
    Gateway.forEach(
        (cursor, limit) -> gateway.store().clients(cursor, limit, deadline),
        (Client client) -> {
          var state = Optional.ofNullable(states.remove(client.publicKey()));
          answer.peer(
              view(client.publicKey(), client.presharedKey(), state, client.addresses().all()));
          client.presharedKey().ifPresent(SecretKey::close);
        });
    states.forEach(
        (key, state) -> answer.peer(view(key, Optional.empty(), Optional.of(state), List.of())));
  }

  private static Answer.PeerView view(
      PublicKey key,
      Optional<SecretKey> presharedKey,
      Optional<PeerStatus> state,
      List<IpAddress> addresses) {
    return new Answer.PeerView(
        key,
        presharedKey,
        state.flatMap(PeerStatus::remote),
        state.flatMap(PeerStatus::lastHandshake),
        state.map(PeerStatus::sentBytes).orElse(0L),
        state.map(PeerStatus::receivedBytes).orElse(0L),
        state.flatMap(PeerStatus::persistentKeepalive),
        addresses);
  }

  private Optional<Integer> port() {
    return gateway.context().transport().listening().stream().findFirst().map(at -> at.port());
  }

  private void change(DeviceChange change) throws Refusal, InterruptedException {
    refuseOtherDevice(change);
    if (change.peers().isEmpty() && !change.replacePeers()) {
      return;
    }
    if (gateway.context().plugins().values().stream()
        .noneMatch(PolicyExplainer.class::isInstance)) {
      throw new Refusal(
          Errno.NOT_SUPPORTED,
          "The peers of a client are in its configuration.",
          "Change the section [client] and start it again.");
    }
    for (int attempt = 0; attempt < Gateway.MAX_ATTEMPTS; attempt++) {
      var known = known(change);
      try {
        var plan = ClientPlan.of(change, known, gateway.context().tunnel().publicKey());
        check(plan);
        if (write(plan)) {
          settle(plan);
          return;
        }
      } finally {
        known.forEach(client -> client.value().presharedKey().ifPresent(SecretKey::close));
      }
    }
    throw new Refusal(
        Errno.TRY_AGAIN, "Others kept changing these clients at the same time.", "Try again.");
  }

  private void refuseOtherDevice(DeviceChange change) throws Refusal {
    var privateKey = change.privateKey();
    if (privateKey.isPresent()) {
      var own = gateway.context().tunnel().privateKey();
      boolean same = own.equals(privateKey);
      own.ifPresent(SecretKey::close);
      if (!same) {
        throw new Refusal(
            Errno.NOT_SUPPORTED,
            "The gateway's private key is not changed or removed while it runs.",
            "Let the file contain the PrivateKey that 'wg showconf' prints, or use 'wg addconf'; for"
                + " another key, replace the file tunnel.key and start the gateway again.");
      }
    }
    if (change.listenPort().filter(this::isOtherPort).isPresent()) {
      throw new Refusal(
          Errno.NOT_SUPPORTED,
          "The port is not changed while the gateway runs.",
          "Set [transport] listen in the configuration file and start the gateway again.");
    }
    if (change.fwmark().filter(mark -> mark != 0).isPresent()) {
      throw new Refusal(
          Errno.NOT_SUPPORTED,
          "The gateway does not mark its packets.",
          "Leave fwmark out, or set it to off.");
    }
  }

  /** Port 0 stands for any, and the one there is will do. */
  private boolean isOtherPort(int port) {
    return port != 0
        && gateway.context().transport().listening().stream().noneMatch(at -> at.port() == port);
  }

  private List<Versioned<Client>> known(DeviceChange change) {
    var known = new ArrayList<Versioned<Client>>();
    var deadline = soon();
    if (change.replacePeers()) {
      Optional<String> cursor = Optional.empty();
      do {
        var page = gateway.store().clients(cursor, Gateway.PAGE, deadline);
        known.addAll(page.items());
        cursor = page.next();
      } while (cursor.isPresent());
    } else {
      var seen = new HashSet<PublicKey>();
      for (var peer : change.peers()) {
        if (seen.add(peer.key())) {
          gateway.store().clientByKey(peer.key(), soon()).ifPresent(known::add);
        }
      }
    }
    return known;
  }

  /** Refuses what can be seen to be impossible, before anything is written. */
  private void check(ClientPlan plan) throws Refusal {
    var removed = new HashSet<ClientId>();
    plan.removals().forEach(client -> removed.add(client.id()));
    for (var step : plan.updates()) {
      var before = step.before().orElseThrow().value().addresses();
      checkAddresses(step.addresses().stream().filter(at -> !before.contains(at)).toList());
    }
    for (var step : plan.creations()) {
      checkAddresses(step.addresses());
      var holder = gateway.store().client(idOf(step.key()), soon());
      if (holder.isPresent() && !removed.contains(holder.get().value().id())) {
        throw new Refusal(
            Errno.EXISTS,
            "The client id " + idOf(step.key()) + " that this key would get is taken.",
            "Add the client with 'gatehouse client add' and an id of your choice.");
      }
    }
  }

  private void checkAddresses(List<IpAddress> addresses) throws Refusal {
    try {
      if (!addresses.isEmpty()) {
        clients.plan().checked(addresses);
      }
    } catch (GatehouseException e) {
      throw new Refusal(Errno.ADDRESS_NOT_AVAILABLE, e.problem(), e.fix());
    }
  }

  /** The id of a client that is added this way: short, and always the same for a key. */
  static ClientId idOf(PublicKey key) {
    return new ClientId("wg-" + HexFormat.of().formatHex(key.bytes(), 0, 8));
  }

  /** Does the plan; false if someone else has changed one of the clients meanwhile. */
  private boolean write(ClientPlan plan) throws Refusal {
    for (var client : plan.removals()) {
      if (gateway.store().removeClient(client.id(), soon())) {
        log.atInfo().addKeyValue("client", client.id()).log("client removed with wg");
      }
    }
    if (!update(plan.updates())) {
      return false;
    }
    for (var step : plan.creations()) {
      var id = idOf(step.key());
      clients.store(id, NAME, step.key(), step.presharedKey(), step.addresses(), soon());
      log.atInfo().addKeyValue("client", id).log("client added with wg");
    }
    return true;
  }

  /** Updates until no more succeed, since one client may wait for the address of another. */
  private boolean update(List<ClientPlan.Step> steps) throws Refusal {
    var left = new ArrayList<>(steps);
    while (!left.isEmpty()) {
      var waiting = new ArrayList<ClientPlan.Step>();
      for (var step : left) {
        var before = step.before().orElseThrow();
        var old = before.value();
        var changed =
            new Client(
                old.id(),
                old.name(),
                old.publicKey(),
                step.presharedKey(),
                TunnelAddresses.of(step.addresses()));
        var result = gateway.store().updateClient(changed, before.version(), soon());
        if (result instanceof WriteResult.Stored<Client>) {
          log.atInfo().addKeyValue("client", old.id()).log("client changed with wg");
        } else if (isUnchanged(before)) {
          waiting.add(step);
        } else {
          return false;
        }
      }
      if (waiting.size() == left.size()) {
        throw new Refusal(
            Errno.ADDRESS_IN_USE,
            "One of the addresses belongs to another client.",
            "Choose a free one, or none to get the next free one.");
      }
      left = waiting;
    }
    return true;
  }

  private boolean isUnchanged(Versioned<Client> before) {
    return gateway
        .store()
        .client(before.value().id(), soon())
        .filter(now -> now.version() == before.version())
        .isPresent();
  }

  /** Waits until the tunnel has the peers, and tells it how to reach them. */
  private void settle(ClientPlan plan) throws Refusal, InterruptedException {
    var deadline = Deadline.after(TUNNEL_TIME, gateway.context().time());
    var tunnel = gateway.context().tunnel();
    var coming = new HashSet<PublicKey>();
    plan.creations().forEach(step -> coming.add(step.key()));
    var going = new HashSet<PublicKey>();
    plan.removals().forEach(client -> going.add(client.publicKey()));
    going.removeAll(coming);
    while (!coming.isEmpty() || !going.isEmpty()) {
      Map<PublicKey, PeerStatus> there = new LinkedHashMap<>();
      Futures.get(tunnel.peers(), timeout).forEach(peer -> there.put(peer.publicKey(), peer));
      coming.removeAll(there.keySet());
      going.retainAll(there.keySet());
      if (!coming.isEmpty() || !going.isEmpty()) {
        pause(deadline);
      }
    }
    for (var adjustment : plan.adjustments()) {
      while (!Futures.get(
          tunnel.adjustPeer(
              adjustment.key(), adjustment.endpoint(), adjustment.persistentKeepalive()),
          timeout)) {
        pause(deadline);
      }
    }
  }

  private void pause(Deadline deadline) throws Refusal, InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    if (deadline.hasPassed(gateway.context().time())) {
      throw new Refusal(
          Errno.TIMED_OUT,
          "The clients are stored, but the tunnel has not taken them over yet.",
          "Look at 'gatehouse status'; it is repeated until it succeeds.");
    }
    LockSupport.parkNanos(PAUSE_NANOS);
  }
}
