package dev.gatehouse.relay.io;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.ReceivedControl;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A socket that clients speak to, and the own addresses they spoke to. A socket for all addresses
 * has a link per address, so that answers come from the one that was asked. One thread.
 */
final class RelayListener {

  /** More own addresses than this are answered from whichever the system chooses. */
  private static final int MOST_LINKS = 256;

  private final UdpSocket socket;
  private final boolean all;
  private final Function<RelayLink, RelayLink> numbered;
  private final List<RelayLink> links = new ArrayList<>();
  private final RelayLink plain;
  private RelayLink last;

  /**
   * A listener.
   *
   * @param numbered gives a link its number
   */
  RelayListener(UdpSocket socket, Function<RelayLink, RelayLink> numbered) {
    this.socket = socket;
    this.all = socket.local().address().isUnspecified();
    this.numbered = numbered;
    this.plain = link(IpAddress.v4(0), 0);
    this.last = plain;
  }

  UdpSocket socket() {
    return socket;
  }

  /** The link of a datagram. */
  RelayLink link(ReceivedControl control) {
    if (!all) {
      return plain;
    }
    if (matches(last, control)) {
      return last;
    }
    for (var link : links) {
      if (matches(link, control)) {
        last = link;
        return link;
      }
    }
    if (links.size() >= MOST_LINKS) {
      return plain;
    }
    last = link(new IpAddress(control.localHigh(), control.localLow()), control.interfaceIndex());
    return last;
  }

  private RelayLink link(IpAddress local, int interfaceIndex) {
    var link = numbered.apply(new RelayLink(0, socket.descriptor(), local, interfaceIndex));
    links.add(link);
    return link;
  }

  private static boolean matches(RelayLink link, ReceivedControl control) {
    return link.local().low() == control.localLow()
        && link.local().high() == control.localHigh()
        && link.interfaceIndex() == control.interfaceIndex();
  }
}
