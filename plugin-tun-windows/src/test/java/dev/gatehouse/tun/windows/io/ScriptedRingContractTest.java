package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.testkit.tun.PacketHost;
import dev.gatehouse.testkit.tun.TunHost;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The same plugin, bound by the same interfaces, on rings in memory. */
class ScriptedRingContractTest extends StandInContract {

  @Override
  protected TunHost openHost() {
    return new RingHost();
  }

  private final class RingHost extends PacketHost {

    private final byte[] buffer = new byte[65536];

    private String towards(IpAddress to) {
      return known.values().stream()
          .filter(each -> each.addresses().stream().anyMatch(a -> a.network().contains(to)))
          .findFirst()
          .orElseThrow()
          .name();
    }

    @Override
    protected void inject(IpAddress to, byte[] packet) {
      standIn.control.standin_inject(towards(to), packet, packet.length, 1);
    }

    @Override
    protected byte @Nullable [] poll() {
      for (var name : known.keySet()) {
        int length = standIn.control.standin_take_sent(name, buffer, buffer.length);
        if (length >= 0) {
          return Arrays.copyOf(buffer, length);
        }
      }
      return null;
    }

    @Override
    protected IpAddress own(IpAddress to) {
      var settings = known.get(towards(to));
      if (settings == null) {
        throw new IllegalStateException("no device leads to " + to);
      }
      return settings.addresses().stream()
          .filter(each -> each.network().contains(to))
          .findFirst()
          .orElseThrow()
          .address();
    }

    @Override
    public List<IpAddress> addresses(String name) {
      return standIn.rows(name).stream()
          .filter(row -> row.startsWith("address "))
          .map(row -> IpAddress.parse(row.substring(8, row.indexOf('/'))))
          .toList();
    }

    @Override
    public void close() {}
  }
}
