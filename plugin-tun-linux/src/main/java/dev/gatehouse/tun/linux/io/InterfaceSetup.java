package dev.gatehouse.tun.linux.io;

import dev.gatehouse.api.model.InterfaceAddress;
import dev.gatehouse.tun.linux.LinuxTunConfig;
import dev.gatehouse.tun.linux.core.Errno;
import dev.gatehouse.tun.linux.core.RouteMessages;
import dev.gatehouse.tun.linux.core.RouteReply;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the interface what the configuration says, and sets it up. Nothing but the interface is
 * touched; the route to the network behind it comes with its address.
 *
 * <p>The largest super-packet stays what the kernel has as default. A smaller one would suit the
 * senders on this machine, but a forwarded super-packet that exceeds it is cut by the kernel into
 * single packets, and forwarding is what a gateway is for.
 *
 * @param index the interface's number
 * @param addresses the addresses it really has
 */
record InterfaceSetup(int index, List<InterfaceAddress> addresses) {

  private static final Logger LOG = LoggerFactory.getLogger(InterfaceSetup.class);

  private static final int LOCAL_ATTEMPTS = 1000;

  /** IPv6 is switched off, left out of the kernel, or not there. */
  private static final List<Integer> NO_IPV6 = List.of(Errno.EACCES, Errno.EOPNOTSUPP, 97);

  static InterfaceSetup apply(LinuxTunConfig config, Netlink netlink) throws InterruptedException {
    var name = config.name();
    var found = netlink.ask((out, sequence) -> RouteMessages.findLink(out, sequence, name));
    require(found, name, "The number");
    int index = found.link().index();
    require(
        netlink.ask((out, sequence) ->
            RouteMessages.setSizes(out, sequence, index, config.mtu(), config.queueLength())),
        name,
        "MTU and queue length");
    // An improvement only; kernels without it work as well.
    netlink.ask((out, sequence) -> RouteMessages.setNoLinkLocal(out, sequence, index));
    var addresses = addAddresses(config, netlink, index);
    require(
        netlink.ask((out, sequence) -> RouteMessages.setUp(out, sequence, index)),
        name,
        "The state");
    for (var each : addresses) {
      awaitLocal(netlink, each);
    }
    return new InterfaceSetup(index, addresses);
  }

  /** The kernel finishes adding an IPv6 address in the background, usually within a millisecond. */
  private static void awaitLocal(Netlink netlink, InterfaceAddress each)
      throws InterruptedException {
    for (int i = 0; i < LOCAL_ATTEMPTS; i++) {
      if (netlink
          .ask((out, sequence) -> RouteMessages.findRoute(out, sequence, each.address()))
          .local()) {
        return;
      }
      Thread.sleep(1);
    }
    LOG.atDebug().addKeyValue("address", each).log("the kernel does not use the address yet");
  }

  private static List<InterfaceAddress> addAddresses(
      LinuxTunConfig config, Netlink netlink, int index) {
    var added = new ArrayList<InterfaceAddress>();
    for (var each : config.addresses()) {
      var reply =
          netlink.ask((out, sequence) ->
              RouteMessages.addAddress(out, sequence, index, each.address(), each.prefixLength()));
      boolean dispensable = !each.address().isV4() && config.addresses().size() > 1;
      if (dispensable && NO_IPV6.contains(reply.errno())) {
        LOG.atInfo()
            .addKeyValue("address", each)
            .log(
                "IPv6 is switched off on this machine, so the interface got no IPv6 address;"
                    + " 'sysctl -w net.ipv6.conf.default.disable_ipv6=0' and a restart change it");
      } else {
        require(reply, config.name(), "The address " + each);
        added.add(each);
      }
    }
    return List.copyOf(added);
  }

  private static void require(RouteReply reply, String name, String what) {
    if (reply.errno() != 0) {
      throw TunErrors.cannotConfigure(name, what, reply);
    }
  }
}
