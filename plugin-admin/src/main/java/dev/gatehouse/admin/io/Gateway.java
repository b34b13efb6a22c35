package dev.gatehouse.admin.io;

import dev.gatehouse.admin.core.Views;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.StoreLatency;
import dev.gatehouse.api.store.Versioned;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What several requests need of the house. */
final class Gateway {

  static final int PAGE = 1000;

  /** How often someone else may be quicker before a change is given up. */
  static final int MAX_ATTEMPTS = 16;

  private final PluginContext context;
  private final StoreLatency latency = new StoreLatency();
  private volatile @Nullable AuthorizationStore store;

  Gateway(PluginContext context) {
    this.context = context;
  }

  PluginContext context() {
    return context;
  }

  /** The store; how long it takes is measured. */
  AuthorizationStore store() {
    var known = store;
    if (known == null) {
      known = latency.around(context.store());
      store = known;
    }
    return known;
  }

  /** How long the store took to answer requests. */
  StoreLatency latency() {
    return latency;
  }

  Instant now() {
    return context.time().now();
  }

  /** Facts a client's configuration is made of. */
  Map<String, Object> facts() {
    var tun = context.tun();
    var facts = new LinkedHashMap<String, Object>();
    facts.put("public-key", context.tunnel().publicKey().toString());
    facts.put(
        "listening", context.transport().listening().stream().map(Endpoint::toString).toList());
    facts.put("interface", tun.name());
    facts.put("mtu", tun.mtu());
    facts.put("addresses", Views.texts(tun.addresses()));
    facts.put("networks", Views.texts(tun.networks()));
    return facts;
  }

  /** What a client needs to know before it can connect. */
  Map<String, Object> settings(Deadline deadline) {
    var settings = new LinkedHashMap<String, Object>();
    settings.put("gateway", facts());
    settings.put("resource-networks", resourceNetworks(deadline));
    settings.put("name-networks", nameNetworks());
    return settings;
  }

  /** The networks from which addresses stand for DNS names, as the policy tells them. */
  private List<String> nameNetworks() {
    return context.plugins().values().stream()
        .map(plugin -> Plugins.status(plugin).get("proxy-networks"))
        .filter(List.class::isInstance)
        .map(networks -> ((List<?>) networks).stream().map(String::valueOf).toList())
        .findFirst()
        .orElse(List.of());
  }

  /** The networks of all resources that are networks, sorted, each once. */
  List<String> resourceNetworks(Deadline deadline) {
    var networks = new TreeSet<String>();
    forEach(
        (cursor, limit) -> store().resources(cursor, limit, deadline),
        (Resource resource) -> {
          if (resource.destination() instanceof Destination.Network network) {
            networks.add(network.toString());
          }
        });
    return List.copyOf(networks);
  }

  /** A page of a listing. */
  @FunctionalInterface
  interface Listing<T> {
    Page<Versioned<T>> page(Optional<String> cursor, int limit);
  }

  /** Goes through a whole listing. */
  static <T> void forEach(Listing<T> listing, Consumer<? super T> consumer) {
    Optional<String> cursor = Optional.empty();
    do {
      var page = listing.page(cursor, PAGE);
      page.items().forEach(item -> consumer.accept(item.value()));
      cursor = page.next();
    } while (cursor.isPresent());
  }

  /** One page as JSON. */
  static <T> Map<String, Object> view(
      String name, Page<Versioned<T>> page, Function<T, Map<String, Object>> view) {
    var object = new LinkedHashMap<String, Object>();
    var items = new ArrayList<Map<String, Object>>(page.items().size());
    page.items().forEach(item -> items.add(view.apply(item.value())));
    object.put(name, items);
    page.next().ifPresent(next -> object.put("next", next));
    return object;
  }

  static GatehouseException notFound(String what, Object id, String verb) {
    return new GatehouseException(
        StandardErrorCode.NOT_FOUND,
        "There is no " + what + " '" + id + "'.",
        "'gatehouse " + verb + "' shows what there is.");
  }

  static GatehouseException conflict(String problem, String fix) {
    return new GatehouseException(StandardErrorCode.CONFLICT, problem, fix);
  }

  static GatehouseException invalid(String problem, String fix) {
    return new GatehouseException(StandardErrorCode.REQUEST_INVALID, problem, fix);
  }
}
