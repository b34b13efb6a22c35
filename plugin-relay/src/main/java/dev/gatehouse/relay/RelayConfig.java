package dev.gatehouse.relay;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The configuration of the relay.
 *
 * @param listening where it listens
 * @param addresses where its allocations are
 * @param access who may use it
 * @param peers whom its users may reach
 * @param quotas how much of everything there may be
 * @param strangers what those may cost who have proved nothing
 * @param times how long things live
 * @param quirks deviations that some clients need
 * @param buffers what the kernel keeps, and what it may do
 * @param monitor where it answers questions about itself; empty for nowhere
 */
public record RelayConfig(
    Listening listening,
    Addresses addresses,
    Access access,
    Peers peers,
    Quotas quotas,
    Strangers strangers,
    Times times,
    Quirks quirks,
    Buffers buffers,
    Optional<Endpoint> monitor) {

  /** The port of STUN and TURN (RFC 8656, section 20.1). */
  public static final int DEFAULT_PORT = 3478;

  /**
   * Where the relay listens.
   *
   * @param plain on UDP, and on TCP if wanted
   * @param optionalIpv6 whether it is no fault if IPv6 cannot be listened on, as with the defaults
   * @param tcp whether it listens on TCP
   * @param tls on TLS
   * @param certificate the certificate and its chain, PEM
   * @param certificateKey its private key, PEM
   */
  public record Listening(
      List<Endpoint> plain,
      boolean optionalIpv6,
      boolean tcp,
      List<Endpoint> tls,
      Optional<Path> certificate,
      Optional<Path> certificateKey) {

    /** Copies the lists. */
    public Listening {
      plain = List.copyOf(plain);
      tls = List.copyOf(tls);
    }
  }

  /**
   * Where allocations are.
   *
   * @param visible how peers reach this machine, at most one address per family; empty to look
   * @param bound what relayed sockets are bound to, at most one address per family; empty for the
   *     visible address where this machine has it, else for all addresses
   * @param lowestPort the first port
   * @param highestPort the last port
   */
  public record Addresses(
      List<IpAddress> visible, List<IpAddress> bound, int lowestPort, int highestPort) {

    /** Copies the lists. */
    public Addresses {
      visible = List.copyOf(visible);
      bound = List.copyOf(bound);
    }
  }

  /**
   * Who may use the relay.
   *
   * @param realm the realm of time-limited users
   * @param secretFile holds the secret they are made from
   * @param firezoneSecretFile holds the secret of Firezone's users, whose realm is {@code firezone}
   * @param usersFile holds a user and a password per line, separated by a colon
   * @param usersRealm their realm
   */
  public record Access(
      String realm,
      Optional<Path> secretFile,
      Optional<Path> firezoneSecretFile,
      Optional<Path> usersFile,
      String usersRealm) {}

  /**
   * Whom users may reach.
   *
   * @param privatePeers whether private networks may be reached
   * @param localPeers whether this machine may be reached; for tests
   * @param allowed networks that may be reached although they are private or denied
   * @param denied networks that may not be reached
   */
  public record Peers(
      boolean privatePeers, boolean localPeers, List<Cidr> allowed, List<Cidr> denied) {

    /** Copies the lists. */
    public Peers {
      allowed = List.copyOf(allowed);
      denied = List.copyOf(denied);
    }
  }

  /**
   * How much there may be.
   *
   * @param allocationsPerUser at least 1
   * @param replaceOldest whether one more ends the user's oldest allocation
   * @param allocations of all users together
   * @param permissions per allocation
   * @param channels per allocation
   * @param requestsPerSecond per allocation
   * @param userMegabits per second, both directions, 0 for no limit
   * @param totalMegabits per second, both directions, 0 for no limit
   */
  public record Quotas(
      int allocationsPerUser,
      boolean replaceOldest,
      int allocations,
      int permissions,
      int channels,
      int requestsPerSecond,
      int userMegabits,
      int totalMegabits) {}

  /**
   * What strangers may cost.
   *
   * @param bindingsPerSecond Binding requests answered per source prefix, /24 or /56
   * @param challengesPerSecond other unauthenticated requests answered per source prefix
   * @param answersPerSecond both together, over all sources, per event loop
   * @param connections TCP and TLS connections at a time
   * @param connectionsPerPrefix of them per source prefix
   */
  public record Strangers(
      int bindingsPerSecond,
      int challengesPerSecond,
      int answersPerSecond,
      int connections,
      int connectionsPerPrefix) {}

  /**
   * How long things live.
   *
   * @param allocation an allocation, when the client does not say
   * @param shortestAllocation what a shorter wish is raised to
   * @param longestAllocation what a longer wish is cut to
   * @param permission a permission
   * @param channel a channel
   * @param nonce a nonce
   * @param drain how long allocations may go on once the relay was asked to stop
   */
  public record Times(
      Duration allocation,
      Duration shortestAllocation,
      Duration longestAllocation,
      Duration permission,
      Duration channel,
      Duration nonce,
      Duration drain) {}

  /**
   * Deviations that some clients need.
   *
   * @param wideChannels channel numbers up to 0x7fff, as in RFC 5766
   * @param strictPermissions whether a peer with a channel needs a permission, too
   * @param software whether authenticated users are told what serves them
   */
  public record Quirks(boolean wideChannels, boolean strictPermissions, boolean software) {}

  /**
   * What the kernel keeps, and what it may do.
   *
   * @param receive bytes per socket until they are read
   * @param send bytes per socket until they are sent
   * @param offload whether the kernel may cut and join trains of datagrams
   */
  public record Buffers(int receive, int send, boolean offload) {}
}
