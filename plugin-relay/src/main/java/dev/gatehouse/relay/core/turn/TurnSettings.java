package dev.gatehouse.relay.core.turn;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a relay behaves.
 *
 * @param realms at least one; the first is offered to clients that name none
 * @param addressV4 the IPv4 address clients and peers see, or null if the relay serves IPv6 only
 * @param addressV6 the IPv6 address, likewise; one of the two must be there
 * @param lowestPort the first relayed port
 * @param highestPort the last relayed port
 * @param lifetimes how long things live
 * @param quotas how many of them there may be
 * @param sourceLimits what strangers may cost
 * @param compatibility deviations from the RFC that some clients need
 */
public record TurnSettings(
    List<Realm> realms,
    @Nullable IpAddress addressV4,
    @Nullable IpAddress addressV6,
    int lowestPort,
    int highestPort,
    Lifetimes lifetimes,
    Quotas quotas,
    SourceLimits sourceLimits,
    Compatibility compatibility) {

  /** The longest realm with which every challenge stays short (see {@link SourceLimits}). */
  public static final int LONGEST_REALM = 32;

  /** Copies the list and checks what belongs together. */
  public TurnSettings {
    realms = List.copyOf(realms);
    require(!realms.isEmpty(), "No realm is given.", "Give at least one realm.");
    require(
        realms.stream().map(Realm::name).distinct().count() == realms.size(),
        "A realm is given twice.",
        "Give every realm once.");
    require(
        addressV4 != null || addressV6 != null,
        "No public address is given.",
        "Give the IPv4 or IPv6 address, or both, at which peers reach the relay.");
    require(
        addressV4 == null || addressV4.isV4(),
        addressV4 + " is not an IPv4 address.",
        "Give an IPv4 address such as 203.0.113.1.");
    require(
        addressV6 == null || !addressV6.isV4(),
        addressV6 + " is not an IPv6 address.",
        "Give an IPv6 address such as 2001:db8::1.");
    require(
        lowestPort >= 1 && lowestPort <= highestPort && highestPort <= 65535,
        lowestPort + " to " + highestPort + " is not a range of ports.",
        "Give a lowest and a highest port from 1 to 65535, the lowest first.");
  }

  /** The usual settings: ports 49152 to 65535 and everything else at its default. */
  public static TurnSettings defaults(
      List<Realm> realms, @Nullable IpAddress addressV4, @Nullable IpAddress addressV6) {
    return new TurnSettings(
        realms,
        addressV4,
        addressV6,
        49152,
        65535,
        Lifetimes.defaults(),
        Quotas.defaults(),
        SourceLimits.defaults(),
        Compatibility.defaults());
  }

  /** Whether an address is one of the relay's own public ones. */
  boolean isRelayAddress(long high, long low) {
    return is(addressV4, high, low) || is(addressV6, high, low);
  }

  private static boolean is(@Nullable IpAddress address, long high, long low) {
    return address != null && address.low() == low && address.high() == high;
  }

  /**
   * How long things live, in seconds.
   *
   * @param allocation an allocation when the client does not say (RFC 8656: 600)
   * @param shortestAllocation what a shorter wish is raised to
   * @param longestAllocation what a longer wish is cut to (RFC 8656: 3600)
   * @param permission a permission (RFC 8656: 300)
   * @param channel a channel (RFC 8656: 600); its number and peer stay together for 300 more
   * @param nonce a nonce, at most 3600
   */
  public record Lifetimes(
      int allocation,
      int shortestAllocation,
      int longestAllocation,
      int permission,
      int channel,
      int nonce) {

    /** Checks the order and the sizes. */
    public Lifetimes {
      require(
          shortestAllocation >= 1
              && shortestAllocation <= allocation
              && allocation <= longestAllocation
              && longestAllocation <= 86_400,
          "The lifetimes of allocations are out of order.",
          "Let shortest, default and longest ascend from 1 to 86400 seconds.");
      require(
          permission >= 1 && permission <= 3600 && channel >= 1 && channel <= 3600,
          "A permission or channel lives too long or not at all.",
          "Use 1 to 3600 seconds; the RFC says 300 and 600.");
      require(
          nonce >= 10 && nonce <= 3600,
          "A nonce of " + nonce + " seconds is out of range.",
          "Use 10 to 3600 seconds.");
    }

    /** What the RFC says. */
    public static Lifetimes defaults() {
      return new Lifetimes(600, 60, 3600, 300, 600, 3600);
    }
  }

  /**
   * How much a user, an allocation and all together may have.
   *
   * @param allocationsPerUser at least 1
   * @param replaceOldest whether a user's allocation above the quota ends the oldest one, as
   *     Firezone's clients need; else it is refused with 486
   * @param allocations of all users together
   * @param permissions per allocation
   * @param channels per allocation
   * @param requestsPerSecond per allocation; above it requests are not answered
   * @param userBytesPerSecond both directions together, 0 for no limit
   * @param totalBytesPerSecond all users and both directions together, 0 for no limit
   */
  public record Quotas(
      int allocationsPerUser,
      boolean replaceOldest,
      int allocations,
      int permissions,
      int channels,
      int requestsPerSecond,
      long userBytesPerSecond,
      long totalBytesPerSecond) {

    /** Checks the sizes. */
    public Quotas {
      require(
          allocationsPerUser >= 1
              && allocations >= 1
              && permissions >= 1
              && channels >= 1
              && requestsPerSecond >= 1
              && userBytesPerSecond >= 0
              && totalBytesPerSecond >= 0,
          "A quota is too small.",
          "Use 1 or more; for bytes per second also 0, which means no limit.");
    }

    /** One allocation per user, as Firezone has it, and no cap on bandwidth. */
    public static Quotas defaults() {
      return new Quotas(1, true, 65_536, 256, 1024, 50, 0, 0);
    }
  }

  /**
   * What strangers may cost. No answer to an unauthenticated request is longer than 3.4 times the
   * request, whatever is set here.
   *
   * @param bindingsPerSecond answers to Binding requests per source prefix (/24 and /56)
   * @param challengesPerSecond all other unauthenticated answers per source prefix
   * @param totalPerSecond both together over all prefixes, per server
   */
  public record SourceLimits(int bindingsPerSecond, int challengesPerSecond, int totalPerSecond) {

    /** Checks the sizes. */
    public SourceLimits {
      require(
          bindingsPerSecond >= 1 && challengesPerSecond >= 1 && totalPerSecond >= 1,
          "A limit for strangers is too small.",
          "Use 1 or more per second.");
    }

    /** Enough for a few hundred clients behind one prefix. */
    public static SourceLimits defaults() {
      return new SourceLimits(100, 10, 20_000);
    }
  }

  /**
   * Deviations some clients need.
   *
   * @param wideChannels channel numbers up to 0x7fff as in RFC 5766, for coturn's tools before 4.16
   * @param dontFragment whether the shell can forbid fragmentation; if not, DONT-FRAGMENT is
   *     answered with 420
   * @param strictPermissions whether a peer with a channel also needs a permission, as the RFC
   *     says; else the channel is enough, as Firezone's clients need
   * @param software the SOFTWARE attribute in answers to authenticated requests, or null for none
   */
  public record Compatibility(
      boolean wideChannels,
      boolean dontFragment,
      boolean strictPermissions,
      @Nullable String software) {

    /** RFC 8656 for all that Firezone's clients do not contradict. */
    public static Compatibility defaults() {
      return new Compatibility(false, false, false, null);
    }
  }

  private static void require(boolean holds, String problem, String fix) {
    if (!holds) {
      throw new GatehouseException(StandardErrorCode.CONFIGURATION_INVALID, problem, fix);
    }
  }
}
