package dev.gatehouse.relay.io;

import dev.gatehouse.relay.RelayConfig;
import dev.gatehouse.relay.core.turn.Realm;
import dev.gatehouse.relay.core.turn.TurnSettings;
import java.util.List;
import java.util.Map;

/** The configuration as the core wants it. */
final class RelaySettings {

  private static final long BYTES_OF_MEGABIT = 125_000;

  private RelaySettings() {}

  static TurnSettings of(
      RelayConfig config, List<Realm> realms, RelayAddresses addresses, Map<String, String> about) {
    var times = config.times();
    var strangers = config.strangers();
    var quirks = config.quirks();
    return new TurnSettings(
        realms,
        addresses.visibleV4(),
        addresses.visibleV6(),
        config.addresses().lowestPort(),
        config.addresses().highestPort(),
        new TurnSettings.Lifetimes(
            (int) times.allocation().toSeconds(),
            (int) times.shortestAllocation().toSeconds(),
            (int) times.longestAllocation().toSeconds(),
            (int) times.permission().toSeconds(),
            (int) times.channel().toSeconds(),
            (int) times.nonce().toSeconds()),
        quotas(config.quotas()),
        new TurnSettings.SourceLimits(
            strangers.bindingsPerSecond(),
            strangers.challengesPerSecond(),
            strangers.answersPerSecond()),
        new TurnSettings.Compatibility(
            quirks.wideChannels(),
            true,
            quirks.strictPermissions(),
            quirks.software() ? "gatehouse " + about.getOrDefault("version", "") : null));
  }

  private static TurnSettings.Quotas quotas(RelayConfig.Quotas quotas) {
    return new TurnSettings.Quotas(
        quotas.allocationsPerUser(),
        quotas.replaceOldest(),
        quotas.allocations(),
        quotas.permissions(),
        quotas.channels(),
        quotas.requestsPerSecond(),
        quotas.userMegabits() * BYTES_OF_MEGABIT,
        quotas.totalMegabits() * BYTES_OF_MEGABIT);
  }
}
