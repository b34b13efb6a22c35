package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Reloaded;
import dev.gatehouse.api.spi.Service;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The plugins of one house, available once all of them are created. A house of services alone has
 * none of the gateway's parts.
 */
public final class Services {

  private record Complete(
      Optional<AuthorizationStore> store,
      Optional<TunDevice> tun,
      Optional<Transport> transport,
      Optional<Tunnel> tunnel,
      Map<PluginId, Plugin> plugins) {}

  private final Map<PluginId, Plugin> created = new LinkedHashMap<>();
  private volatile @Nullable Complete complete;

  private volatile @Nullable Reloader reloader;
  private volatile Supplier<Map<String, String>> facts = Map::of;

  /** Reads the configuration again. */
  @FunctionalInterface
  interface Reloader {
    Reloaded reload(String origin) throws InterruptedException;
  }

  Services() {}

  void reloader(Reloader given) {
    reloader = given;
  }

  void facts(Supplier<Map<String, String>> given) {
    facts = given;
  }

  /** The given facts and those that change. */
  Map<String, String> withFacts(Map<String, String> given) {
    var more = facts.get();
    if (more.isEmpty()) {
      return given;
    }
    var all = new LinkedHashMap<>(given);
    all.putAll(more);
    return all;
  }

  /** See {@link House#reload}. */
  Reloaded reload(String origin) throws InterruptedException {
    var known = reloader;
    if (known == null) {
      throw new GatehouseException(
          StandardErrorCode.NOT_FOUND,
          "The configuration cannot be read again: it is not from a file, or the start is under"
              + " way.",
          "Start with a configuration file, or ask again when the start is over.");
    }
    return known.reload(origin);
  }

  void add(PluginId id, Plugin plugin) {
    created.put(id, plugin);
  }

  void complete() {
    complete =
        new Complete(
            first(AuthorizationStore.class),
            first(TunDevice.class),
            first(Transport.class),
            first(Tunnel.class),
            Collections.unmodifiableMap(new LinkedHashMap<>(created)));
  }

  private <T> Optional<T> first(Class<T> type) {
    return created.values().stream().filter(type::isInstance).map(type::cast).findFirst();
  }

  private static <T> T present(Optional<T> part, String name) {
    return part.orElseThrow(() -> new IllegalStateException("this house has no " + name));
  }

  /** Whether there is a gateway, and not services alone. */
  public boolean isGateway() {
    return now().tunnel.isPresent();
  }

  /** The store. */
  public AuthorizationStore store() {
    return present(now().store, "store");
  }

  /** The device. */
  public TunDevice tun() {
    return present(now().tun, "TUN device");
  }

  /** The transport. */
  public Transport transport() {
    return present(now().transport, "transport");
  }

  /** The tunnel. */
  public Tunnel tunnel() {
    return present(now().tunnel, "tunnel");
  }

  /** The services, in the order of their start. */
  public List<Service> services() {
    return now().plugins.values().stream()
        .filter(Service.class::isInstance)
        .map(Service.class::cast)
        .toList();
  }

  /** All plugins by id, in the order of their start. */
  public Map<PluginId, Plugin> plugins() {
    return now().plugins;
  }

  private Complete now() {
    var known = complete;
    if (known == null) {
      throw new IllegalStateException("services may be used from Plugin.start() on");
    }
    return known;
  }
}
