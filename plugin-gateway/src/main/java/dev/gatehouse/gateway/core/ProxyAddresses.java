package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.IpAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Gives names proxy addresses for clients that do not do it themselves: four per address family,
 * side by side. Which ones follows from the name, so that a name usually has the same addresses
 * again when the gateway was restarted. Immutable.
 */
public final class ProxyAddresses {

  private static final int EACH = 4;
  private static final int TRIES = 64;

  /** The addresses by which clients know name servers, which must not stand for anything else. */
  private static final Cidr SENTINELS = Cidr.parse("100.100.111.0/24");

  private final List<Cidr> networks;

  /**
   * From these networks.
   *
   * @param networks one per address family at most, with room for 256 addresses at least
   */
  public ProxyAddresses(List<Cidr> networks) {
    this.networks = List.copyOf(networks);
  }

  /** Addresses that stand for this name and for no other; of a family that is full, none. */
  public List<IpAddress> of(String domain, Translations taken) {
    var addresses = new ArrayList<IpAddress>();
    for (var network : networks) {
      addresses.addAll(block(network, domain, taken));
    }
    return addresses;
  }

  private static List<IpAddress> block(Cidr network, String domain, Translations taken) {
    int hostBits = Math.min(30, network.address().bits() - network.prefixLength());
    long blocks = 1L << (hostBits - 2);
    long hash = NatSessions.mix(hash(domain));
    for (int i = 0; i < TRIES; i++) {
      // The first block holds the address of the network itself.
      long block = 1 + Long.remainderUnsigned(hash + i, blocks - 1);
      var found = new ArrayList<IpAddress>();
      for (int j = 0; j < EACH; j++) {
        var address = plus(network.address(), block * EACH + j);
        var known = taken.find(address.high(), address.low());
        if (!SENTINELS.contains(address) && (known == null || known.domain().equals(domain))) {
          found.add(address);
        }
      }
      if (found.size() == EACH) {
        return found;
      }
    }
    return List.of();
  }

  private static long hash(String domain) {
    long hash = 0xcbf2_9ce4_8422_2325L;
    for (int i = 0; i < domain.length(); i++) {
      hash = (hash ^ domain.charAt(i)) * 0x100_0000_01b3L;
    }
    return hash;
  }

  private static IpAddress plus(IpAddress base, long offset) {
    return base.isV4()
        ? IpAddress.v4((int) (base.v4Value() + offset))
        : IpAddress.of(
            ByteBuffer.allocate(16).putLong(base.high()).putLong(base.low() + offset).array());
  }
}
