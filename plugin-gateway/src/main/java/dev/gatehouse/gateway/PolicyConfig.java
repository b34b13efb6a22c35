package dev.gatehouse.gateway;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import java.time.Duration;
import java.util.List;

/**
 * The section {@code [policy]}.
 *
 * @param refresh how often the store is asked for changes, whatever was notified; 100 ms to 5 s.
 *     Losing every notification delays a revocation by at most this
 * @param partitionBudget how long existing authorizations hold while the store does not answer; 1 s
 *     to 30 days
 * @param icmpErrorsPerSecond how many ICMP errors one client is sent per second, and at once; 0 to
 *     10000, 0 for none
 * @param nameServers the name servers behind the gateway; none for those of the machine
 * @param proxyNetworks the networks from which addresses stand for names of the DNS, one per
 *     address family at most
 * @param flows whether flows are remembered while they are under way and a little longer
 * @param flowLog whether every flow is written down
 * @param flowSpool whether it is a spool of small files for others to upload, instead of lines
 * @param flowLogMegabytes how much room that may take, in units of 1024 × 1024 bytes
 */
public record PolicyConfig(
    Duration refresh,
    Duration partitionBudget,
    int icmpErrorsPerSecond,
    List<Endpoint> nameServers,
    List<Cidr> proxyNetworks,
    boolean flows,
    boolean flowLog,
    boolean flowSpool,
    int flowLogMegabytes) {

  private static final int SMALLEST = 8;

  /** What holds unless configured otherwise. */
  public static final PolicyConfig DEFAULTS =
      new PolicyConfig(
          Duration.ofSeconds(3),
          Duration.ofHours(24),
          50,
          List.of(),
          List.of(Cidr.parse("100.96.0.0/11"), Cidr.parse("fd00:2021:1111:8000::/107")),
          true,
          false,
          false,
          256);

  /** Copies the lists. */
  public PolicyConfig {
    nameServers = List.copyOf(nameServers);
    proxyNetworks = List.copyOf(proxyNetworks);
  }

  /** With everything about names and logs as it is by default. */
  public PolicyConfig(Duration refresh, Duration partitionBudget, int icmpErrorsPerSecond) {
    this(
        refresh,
        partitionBudget,
        icmpErrorsPerSecond,
        DEFAULTS.nameServers(),
        DEFAULTS.proxyNetworks(),
        DEFAULTS.flows(),
        DEFAULTS.flowLog(),
        DEFAULTS.flowSpool(),
        DEFAULTS.flowLogMegabytes());
  }

  static PolicyConfig read(ConfigReader section) {
    return new PolicyConfig(
        section
            .duration("refresh")
            .describedAs("How often the store is asked for changes that were not notified.")
            .must(within(Duration.ofMillis(100), Duration.ofSeconds(5)), "be from 100ms to 5s")
            .live()
            .orElse(DEFAULTS.refresh()),
        section
            .duration("partition-budget")
            .describedAs("How long existing authorizations hold while the store does not answer.")
            .must(within(Duration.ofSeconds(1), Duration.ofDays(30)), "be from 1s to 30d")
            .live()
            .orElse(DEFAULTS.partitionBudget()),
        section
            .integer("icmp-errors-per-second")
            .describedAs("How many ICMP errors one client is sent per second; 0 for none.")
            .between(0, 10_000)
            .live()
            .orElse(DEFAULTS.icmpErrorsPerSecond()),
        section
            .parsedList("name-servers", "address with or without port", PolicyConfig::nameServer)
            .describedAs("Name servers to ask for clients; without any, those of the machine.")
            .live()
            .orElse(DEFAULTS.nameServers()),
        section
            .parsedList("proxy-networks", "network", Cidr::parse)
            .describedAs("Networks from which clients get addresses that stand for DNS names.")
            .must(
                PolicyConfig::areProxies,
                "hold one network per address family at most, each with 256 addresses or more")
            .orElse(DEFAULTS.proxyNetworks()),
        section
            .flag("flows")
            .describedAs("Remember flows in memory, for 'gatehouse flows'.")
            .orElse(DEFAULTS.flows()),
        section
            .flag("flow-log")
            .describedAs("Write every flow, allowed or denied, to policy-flows.jsonl.")
            .orElse(DEFAULTS.flowLog()),
        section
            .parsed("flow-log-format", "format", PolicyConfig::format)
            .describedAs(
                "Form of the flow log: lines, or spool for one file per beginning and end of an"
                    + " allowed TCP or UDP flow.")
            .orElse("lines")
            .equals("spool"),
        section
            .integer("flow-log-megabytes")
            .describedAs("How much room the flow log may take, older parts included.")
            .between(4, 1_000_000)
            .orElse(DEFAULTS.flowLogMegabytes()));
  }

  private static String format(String text) {
    if (!text.equals("lines") && !text.equals("spool")) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "'" + text + "' is no form of the flow log.",
          "Write lines or spool.");
    }
    return text;
  }

  private static Endpoint nameServer(String text) {
    try {
      return new Endpoint(IpAddress.parse(text), 53);
    } catch (GatehouseException e) {
      return Endpoint.parse(text);
    }
  }

  private static boolean areProxies(List<Cidr> networks) {
    long v4 = networks.stream().filter(network -> network.address().isV4()).count();
    return v4 <= 1
        && networks.size() - v4 <= 1
        && networks.stream()
            .allMatch(network -> network.address().bits() - network.prefixLength() >= SMALLEST);
  }

  private static java.util.function.Predicate<Duration> within(
      Duration shortest, Duration longest) {
    return value -> value.compareTo(shortest) >= 0 && value.compareTo(longest) <= 0;
  }
}
