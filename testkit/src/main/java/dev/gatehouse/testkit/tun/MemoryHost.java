package dev.gatehouse.testkit.tun;

import dev.gatehouse.api.model.IpAddress;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A host in memory, with the {@link MemoryTun}s that belong to it. Safe for any thread.
 *
 * @since 0.1.0
 */
public final class MemoryHost extends PacketHost {

  private record Entry(TunSettings settings, MemoryTun device, List<IpAddress> addresses) {}

  private final Map<String, Entry> devices = new ConcurrentHashMap<>();
  private final Queue<byte[]> received = new LinkedBlockingQueue<>(1000);

  /** A host without devices. */
  public MemoryHost() {}

  void attach(TunSettings settings, MemoryTun device) {
    devices.put(settings.name(), new Entry(settings, device, device.given()));
  }

  @SuppressWarnings("ReferenceEquality") // a device is itself only
  void detach(String name, MemoryTun device) {
    devices.computeIfPresent(name, (key, entry) -> entry.device() == device ? null : entry);
  }

  boolean accept(byte[] packet) {
    return received.offer(packet);
  }

  @Override
  protected void inject(IpAddress to, byte[] packet) {
    for (var entry : devices.values()) {
      if (entry.device().networks().stream().anyMatch(network -> network.contains(to))) {
        entry.device().fromHost(packet);
      }
    }
  }

  @Override
  protected byte @Nullable [] poll() {
    return received.poll();
  }

  @Override
  protected IpAddress own(IpAddress to) {
    return devices.values().stream()
        .flatMap(entry -> entry.settings().addresses().stream())
        .filter(address -> address.network().contains(to))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no device leads to " + to))
        .address();
  }

  @Override
  public List<IpAddress> addresses(String name) {
    var entry = devices.get(name);
    return entry == null ? List.of() : entry.addresses();
  }

  @Override
  public void close() {
    received.clear();
  }
}
