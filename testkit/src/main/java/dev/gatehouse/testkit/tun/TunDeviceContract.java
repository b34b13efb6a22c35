package dev.gatehouse.testkit.tun;

/**
 * The contract of the TUN device as tests. Extend it, say how your device is made and what machine
 * it belongs to, and run it with JUnit; each test carries the number of its rule.
 *
 * <pre>{@code
 * class MyTunContractTest extends TunDeviceContract {
 *   @Override
 *   protected TunDevice create(TunSettings settings, PluginContext context) {
 *     return new MyTun(settings.name(), settings.addresses(), settings.mtu(), context);
 *   }
 *
 *   @Override
 *   protected TunHost openHost() throws Exception {
 *     return new SocketHost(myNetworkNamespace::call);
 *   }
 * }
 * }</pre>
 *
 * <p>A device gets two shards with threads of their own. The rule about leaks opens it a thousand
 * times; {@code -Dgatehouse.tun.openings} changes that.
 *
 * @since 0.1.0
 */
public abstract class TunDeviceContract extends LifetimeRules {

  /** For subclasses. */
  protected TunDeviceContract() {}
}
