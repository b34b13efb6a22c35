package dev.gatehouse.admin.core.uapi;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.store.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a set request means for the clients there are. A peer is a client, and its allowed networks
 * are the client's addresses. A request that lists all peers is compared with what there is: who is
 * listed stays the same client with the same authorizations, and only who is not listed goes.
 *
 * @param removals clients to remove, with their authorizations; before everything else
 * @param updates clients that get another pre-shared key or other addresses
 * @param creations clients to create
 * @param adjustments how peers are to be reached, once the tunnel has them
 */
public record ClientPlan(
    List<Client> removals, List<Step> updates, List<Step> creations, List<Adjustment> adjustments) {

  private static final SecretKey NO_KEY = SecretKey.of(new byte[SecretKey.LENGTH]);

  /**
   * A client to update or to create.
   *
   * @param key its public key
   * @param before what is stored; empty to create it
   * @param presharedKey its pre-shared key; belongs to the request or to what is stored
   * @param addresses its addresses, at most one of each family; none if the gateway may choose
   */
  public record Step(
      PublicKey key,
      Optional<Versioned<Client>> before,
      Optional<SecretKey> presharedKey,
      List<IpAddress> addresses) {}

  /**
   * How a peer is to be reached.
   *
   * @param key whose
   * @param endpoint where it is; empty to leave that
   * @param persistentKeepalive how often to send when there is nothing to say, zero for never;
   *     empty to leave that
   */
  public record Adjustment(
      PublicKey key, Optional<Endpoint> endpoint, Optional<Duration> persistentKeepalive) {}

  /** One peer while the request is gone through. */
  private static final class Draft {
    final PublicKey key;
    final @Nullable Versioned<Client> before;
    boolean revoked;
    boolean present;
    Optional<SecretKey> presharedKey = Optional.empty();
    List<IpAddress> addresses = List.of();
    Optional<Endpoint> endpoint = Optional.empty();
    Optional<Duration> persistentKeepalive = Optional.empty();

    Draft(PublicKey key, @Nullable Versioned<Client> before) {
      this.key = key;
      this.before = before;
    }

    void asStored() {
      if (before != null) {
        present = true;
        presharedKey = before.value().presharedKey();
        addresses = before.value().addresses().all();
      }
    }

    void apply(PeerChange change) throws Refusal {
      if (change.remove()) {
        revoked = before != null;
        forget();
        return;
      }
      if (!present) {
        if (change.updateOnly() && stored() == null) {
          return;
        }
        present = true;
        persistentKeepalive = stored() == null ? Optional.empty() : Optional.of(Duration.ZERO);
      }
      if (change.presharedKey().isPresent()) {
        presharedKey = change.presharedKey().filter(key -> !key.equals(NO_KEY));
      }
      endpoint = change.endpoint().or(() -> endpoint);
      persistentKeepalive = change.persistentKeepalive().or(() -> persistentKeepalive);
      addresses = addresses(change);
    }

    private void forget() {
      present = false;
      presharedKey = Optional.empty();
      addresses = List.of();
      endpoint = Optional.empty();
      persistentKeepalive = Optional.empty();
    }

    private List<IpAddress> addresses(PeerChange change) throws Refusal {
      var all = new ArrayList<>(change.replaceAllowedIps() ? List.of() : addresses);
      for (var allowed : change.allowedIps()) {
        var network = allowed.network();
        if (network.prefixLength() != network.address().bits()) {
          throw new Refusal(
              Errno.NOT_SUPPORTED,
              "The allowed-ips of a client are its own addresses, and one of these is a network.",
              "Give single addresses (/32 or /128); what the client may reach is decided by"
                  + " 'gatehouse authorize'.");
        }
        all.remove(network.address());
        if (!allowed.remove()) {
          all.add(network.address());
        }
      }
      if (all.stream().filter(IpAddress::isV4).count() > 1
          || all.stream().filter(address -> !address.isV4()).count() > 1) {
        throw new Refusal(
            Errno.NOT_SUPPORTED,
            "A client has at most one IPv4 and one IPv6 address.",
            "Leave one of the allowed-ips out.");
      }
      return List.copyOf(all);
    }

    /** What is stored and stays so. */
    @Nullable Versioned<Client> stored() {
      return revoked ? null : before;
    }

    Step step() {
      var stored = Optional.ofNullable(stored());
      var kept = stored.map(client -> client.value().addresses().all()).orElse(List.of());
      return new Step(key, stored, presharedKey, addresses.isEmpty() ? kept : addresses);
    }
  }

  /**
   * Makes the plan.
   *
   * @param known the clients the request may concern: all if it replaces all, otherwise those with
   *     the keys it names
   * @param own the gateway's own key; a peer with it is left out, as the reference does
   */
  public static ClientPlan of(
      DeviceChange change, Collection<Versioned<Client>> known, PublicKey own) throws Refusal {
    Map<PublicKey, Draft> drafts = new LinkedHashMap<>();
    for (var client : known) {
      var draft = new Draft(client.value().publicKey(), client);
      drafts.put(draft.key, draft);
      if (!change.replacePeers()) {
        draft.asStored();
      }
    }
    for (var peer : change.peers()) {
      if (!peer.key().equals(own)) {
        refuseNothing(peer.key());
        drafts.computeIfAbsent(peer.key(), key -> new Draft(key, null)).apply(peer);
      }
    }
    var plan =
        new ClientPlan(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    drafts.values().forEach(plan::add);
    refuseSharedAddresses(drafts.values());
    return plan;
  }

  /** Before anything is written, as far as it can be seen from the clients that are known. */
  private static void refuseSharedAddresses(Collection<Draft> drafts) throws Refusal {
    var taken = new HashSet<IpAddress>();
    for (var draft : drafts) {
      for (var address : draft.present ? draft.step().addresses() : List.<IpAddress>of()) {
        if (!taken.add(address)) {
          throw new Refusal(
              Errno.ADDRESS_IN_USE,
              "Two clients would have the same address.",
              "Give each an address of its own, or none to get the next free one.");
        }
      }
    }
  }

  private void add(Draft draft) {
    var before = draft.before;
    if (before != null && (draft.revoked || !draft.present)) {
      removals.add(before.value());
    }
    if (!draft.present) {
      return;
    }
    var step = draft.step();
    if (step.before().isEmpty()) {
      creations.add(step);
    } else if (!isAsStored(step, step.before().get().value())) {
      updates.add(step);
    }
    if (draft.endpoint.isPresent() || draft.persistentKeepalive.isPresent()) {
      adjustments.add(new Adjustment(draft.key, draft.endpoint, draft.persistentKeepalive));
    }
  }

  private static boolean isAsStored(Step step, Client client) {
    return step.presharedKey().equals(client.presharedKey())
        && client.addresses().all().containsAll(step.addresses())
        && step.addresses().containsAll(client.addresses().all());
  }

  private static void refuseNothing(PublicKey key) throws Refusal {
    if (key.equals(PublicKey.of(new byte[PublicKey.LENGTH]))) {
      throw Values.invalid(
          "The public key is all zero.", "Give the key that 'wg pubkey' prints for the peer.");
    }
  }
}
