package dev.gatehouse.relay.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.RelayConfig;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.turn.TurnGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What the loops of one relay share. Any thread; the loops are all there before one works. */
final class RelayHouse {

  private final LibC libc;
  private final RelayConfig config;
  private final TurnGroup group;
  private final RandomGenerator random;
  private final TimeSource time;
  private final ConnectionLimits limits;
  private final @Nullable IpAddress relayV4;
  private final @Nullable IpAddress relayV6;
  private final UdpSocket.Options relayedOptions;
  private final List<RelayLoop> loops = new ArrayList<>();

  RelayHouse(
      LibC libc,
      RelayConfig config,
      TurnGroup group,
      RandomGenerator random,
      TimeSource time,
      @Nullable IpAddress relayV4,
      @Nullable IpAddress relayV6) {
    this.libc = libc;
    this.config = config;
    this.group = group;
    this.random = random;
    this.time = time;
    this.relayV4 = relayV4;
    this.relayV6 = relayV6;
    this.limits =
        new ConnectionLimits(
            config.strangers().connections(), config.strangers().connectionsPerPrefix());
    this.relayedOptions =
        new UdpSocket.Options(
            config.buffers().receive(),
            config.buffers().send(),
            config.buffers().offload(),
            false,
            false,
            "ports in [relay]");
  }

  LibC libc() {
    return libc;
  }

  RelayConfig config() {
    return config;
  }

  TurnGroup group() {
    return group;
  }

  RandomGenerator random() {
    return random;
  }

  ConnectionLimits limits() {
    return limits;
  }

  /** What relayed sockets of IPv4 are bound to; null if there are none. */
  @Nullable IpAddress relayV4() {
    return relayV4;
  }

  /** What relayed sockets of IPv6 are bound to; null if there are none. */
  @Nullable IpAddress relayV6() {
    return relayV6;
  }

  UdpSocket.Options relayedOptions() {
    return relayedOptions;
  }

  long nanos() {
    return time.nanoTime();
  }

  long epochSeconds() {
    return time.now().getEpochSecond();
  }

  void add(RelayLoop loop) {
    loops.add(loop);
  }

  RelayLoop loop(int number) {
    return loops.get(number);
  }

  List<RelayLoop> loops() {
    return loops;
  }
}
