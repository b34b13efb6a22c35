package dev.gatehouse.launcher.runtime;

import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.api.store.AuthorizationStore;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The plugins of one gateway, available once all of them are created. */
public final class Services {

  private record Complete(
      AuthorizationStore store,
      TunDevice tun,
      Transport transport,
      Tunnel tunnel,
      Map<PluginId, Plugin> plugins) {}

  private final Map<PluginId, Plugin> created = new LinkedHashMap<>();
  private volatile @Nullable Complete complete;

  Services() {}

  void add(PluginId id, Plugin plugin) {
    created.put(id, plugin);
  }

  void complete() {
    complete =
        new Complete(
            only(AuthorizationStore.class),
            only(TunDevice.class),
            only(Transport.class),
            only(Tunnel.class),
            Collections.unmodifiableMap(new LinkedHashMap<>(created)));
  }

  private <T> T only(Class<T> type) {
    return created.values().stream()
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no " + type.getSimpleName()));
  }

  /** The store. */
  public AuthorizationStore store() {
    return now().store;
  }

  /** The device. */
  public TunDevice tun() {
    return now().tun;
  }

  /** The transport. */
  public Transport transport() {
    return now().transport;
  }

  /** The tunnel. */
  public Tunnel tunnel() {
    return now().tunnel;
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
