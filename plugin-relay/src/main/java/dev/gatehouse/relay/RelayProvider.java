package dev.gatehouse.relay;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.config.ConfigReader;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.api.spi.Service;
import dev.gatehouse.api.spi.ServiceProvider;
import dev.gatehouse.relay.RelayConfig.Access;
import dev.gatehouse.relay.RelayConfig.Addresses;
import dev.gatehouse.relay.RelayConfig.Buffers;
import dev.gatehouse.relay.RelayConfig.Listening;
import dev.gatehouse.relay.RelayConfig.Peers;
import dev.gatehouse.relay.RelayConfig.Quirks;
import dev.gatehouse.relay.RelayConfig.Quotas;
import dev.gatehouse.relay.RelayConfig.Strangers;
import dev.gatehouse.relay.RelayConfig.Times;
import dev.gatehouse.relay.io.RelayService;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Provides the service {@code relay}: a STUN and TURN server on UDP, TCP and TLS. */
public final class RelayProvider implements ServiceProvider<RelayConfig> {

  private static final int MEBIBYTE = 1024 * 1024;
  private static final Pattern PORTS = Pattern.compile("([0-9]{1,5})\\s*-\\s*([0-9]{1,5})");
  private static final Endpoint MONITOR = Endpoint.parse("127.0.0.1:9641");

  private record Ports(int lowest, int highest) {

    static Ports parse(String text) {
      var matcher = PORTS.matcher(text.strip());
      if (!matcher.matches()) {
        throw new GatehouseException(
            StandardErrorCode.CONFIGURATION_INVALID,
            "must be two ports with a hyphen between them, such as 49152-65535.",
            "");
      }
      return new Ports(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }

    boolean usable() {
      return lowest >= 1024 && lowest < highest && highest <= 65_535;
    }

    @Override
    public String toString() {
      return lowest + "-" + highest;
    }
  }

  /** For {@link java.util.ServiceLoader}. */
  public RelayProvider() {}

  @Override
  public PluginId id() {
    return new PluginId("relay");
  }

  @Override
  public String summary() {
    return "Relays between clients and peers that cannot reach each other: STUN and TURN.";
  }

  @Override
  public Optional<String> unsupportedBecause() {
    return UdpTransportProvider.whyNotHere();
  }

  @Override
  public Service create(RelayConfig config, PluginContext context) {
    return new RelayService(config, context);
  }

  @Override
  public RelayConfig configure(ConfigReader section) {
    var access = access(section);
    return new RelayConfig(
        listening(section),
        addresses(section),
        access,
        peers(section),
        quotas(section, access.firezoneSecretFile().isPresent()),
        strangers(section),
        times(section),
        quirks(section),
        buffers(section),
        monitor(section));
  }

  private static Listening listening(ConfigReader section) {
    var listen =
        section
            .parsedList("listen", "address with port", Endpoint::parse)
            .describedAs("Where to listen on UDP and TCP; 0.0.0.0 and [::] stand for all.")
            .must(list -> !list.isEmpty(), "name at least one address with port")
            .must(RelayProvider::distinct, "not name an address with port twice")
            .optional();
    var tcp =
        section
            .flag("tcp")
            .describedAs("Listen on TCP, too, for clients without UDP.")
            .orElse(true);
    var tls =
        section
            .parsedList("tls-listen", "address with port", Endpoint::parse)
            .describedAs(
                "Where to listen on TLS, usually port 5349 or 443; it needs a certificate.")
            .must(RelayProvider::distinct, "not name an address with port twice")
            .orElse(List.of());
    var certificate =
        section
            .path("certificate")
            .describedAs("The certificate for TLS with its chain, PEM.")
            .optional();
    var key = section.path("certificate-key").describedAs("Its private key, PEM.").optional();
    if (!tls.isEmpty() && certificate.isEmpty()) {
      section.problem("certificate", "tls-listen needs a certificate; name its PEM file.");
    }
    if (!tls.isEmpty() && key.isEmpty()) {
      section.problem("certificate-key", "tls-listen needs the certificate's private key.");
    }
    return new Listening(
        listen.orElse(UdpConfig.everywhere(RelayConfig.DEFAULT_PORT)),
        listen.isEmpty(),
        tcp,
        tls,
        certificate,
        key);
  }

  private static Addresses addresses(ConfigReader section) {
    var visible =
        section
            .parsedList("public-addresses", "address", IpAddress::parse)
            .describedAs(
                "How peers reach this machine, at most one address per family; if absent, the"
                    + " machine's own public addresses.")
            .must(RelayProvider::onePerFamily, "name at most one address per family")
            .must(list -> list.stream().noneMatch(IpAddress::isUnspecified), "name real addresses")
            .orElse(List.of());
    var bound =
        section
            .parsedList("relay-addresses", "address", IpAddress::parse)
            .describedAs(
                "What relayed sockets are bound to, at most one address per family; if absent, the"
                    + " public address where the machine has it, else all.")
            .must(RelayProvider::onePerFamily, "name at most one address per family")
            .orElse(List.of());
    var ports =
        section
            .parsed("ports", "range of ports such as 49152-65535", Ports::parse)
            .describedAs("The UDP ports of allocations.")
            .must(Ports::usable, "be within 1024-65535 and have two ports at least")
            .orElse(new Ports(49_152, 65_535));
    return new Addresses(visible, bound, ports.lowest(), ports.highest());
  }

  private static Access access(ConfigReader section) {
    var access =
        new Access(
            section
                .text("realm")
                .describedAs("The realm of time-limited users.")
                .must(RelayProvider::isRealm, "have 1 to 32 visible ASCII characters")
                .orElse("gatehouse"),
            section
                .path("secret-file")
                .describedAs(
                    "The secret that time-limited users are made from, as with coturn's"
                        + " use-auth-secret.")
                .optional(),
            section
                .path("firezone-secret-file")
                .describedAs("The secret of Firezone's users, whose realm is 'firezone'.")
                .optional(),
            section
                .path("users-file")
                .describedAs("A user and a password per line, separated by a colon.")
                .optional(),
            section
                .text("users-realm")
                .describedAs("The realm of the users in users-file.")
                .must(RelayProvider::isRealm, "have 1 to 32 visible ASCII characters")
                .orElse("users"));
    if (access.secretFile().isEmpty()
        && access.firezoneSecretFile().isEmpty()
        && access.usersFile().isEmpty()) {
      section.problem(
          "secret-file",
          "nobody could use this relay; name the file with the shared secret, or set"
              + " firezone-secret-file or users-file.");
    }
    return access;
  }

  private static Peers peers(ConfigReader section) {
    return new Peers(
        section
            .flag("private-peers")
            .describedAs("Whether private networks (10/8, fc00::/7 and such) may be reached.")
            .orElse(false),
        section
            .flag("local-peers")
            .describedAs("Whether this machine itself may be reached; for tests only.")
            .orElse(false),
        section
            .parsedList("allowed-peers", "network", Cidr::parse)
            .describedAs("Networks that may be reached although private or denied.")
            .orElse(List.of()),
        section
            .parsedList("denied-peers", "network", Cidr::parse)
            .describedAs("Networks that may not be reached.")
            .orElse(List.of()));
  }

  private static Quotas quotas(ConfigReader section, boolean firezone) {
    return new Quotas(
        section
            .integer("allocations-per-user")
            .describedAs("Allocations of one user; 1 by default where Firezone's users are served.")
            .between(1, 65_536)
            .orElse(firezone ? 1 : 16),
        section
            .flag("replace-oldest")
            .describedAs("Whether one more allocation ends the user's oldest, or is refused.")
            .orElse(firezone),
        section
            .integer("allocations")
            .describedAs("Allocations of all users together.")
            .between(1, 131_072)
            .orElse(65_536),
        section
            .integer("permissions")
            .describedAs("Permissions per allocation.")
            .between(1, 65_536)
            .orElse(256),
        section
            .integer("channels")
            .describedAs("Channels per allocation.")
            .between(1, 4096)
            .orElse(1024),
        section
            .integer("requests-per-second")
            .describedAs("Requests per second of one allocation that are answered.")
            .between(1, 100_000)
            .orElse(50),
        section
            .integer("user-megabits")
            .describedAs("Megabits per second of one user, both directions; 0 for no limit.")
            .between(0, 1_000_000)
            .orElse(0),
        section
            .integer("total-megabits")
            .describedAs("Megabits per second of all together, both directions; 0 for no limit.")
            .between(0, 1_000_000)
            .orElse(0));
  }

  private static Strangers strangers(ConfigReader section) {
    return new Strangers(
        section
            .integer("bindings-per-second")
            .describedAs("Binding requests answered per second and source prefix, /24 or /56.")
            .between(1, 10_000_000)
            .orElse(100),
        section
            .integer("challenges-per-second")
            .describedAs("Other unauthenticated requests answered per second and source prefix.")
            .between(1, 10_000_000)
            .orElse(10),
        section
            .integer("answers-per-second")
            .describedAs("Unauthenticated requests answered per second and event loop.")
            .between(1, 10_000_000)
            .orElse(20_000),
        section
            .integer("connections")
            .describedAs("TCP and TLS connections at a time.")
            .between(1, 1_000_000)
            .orElse(2048),
        section
            .integer("connections-per-prefix")
            .describedAs("TCP and TLS connections at a time per source prefix, /24 or /56.")
            .between(1, 1_000_000)
            .orElse(256));
  }

  private static Times times(ConfigReader section) {
    var times =
        new Times(
            span(section, "allocation-lifetime", "An allocation, unless the client asks.", 600),
            span(section, "shortest-allocation", "What a shorter wish is raised to.", 60),
            span(section, "longest-allocation", "What a longer wish is cut to.", 3600),
            span(section, "permission-lifetime", "A permission, unless refreshed.", 300),
            span(section, "channel-lifetime", "A channel, unless refreshed.", 600),
            span(section, "nonce-lifetime", "A nonce; then the client gets a new one.", 3600),
            section
                .duration("drain")
                .describedAs("How long allocations may go on after a signal to stop.")
                .must(
                    span -> !span.isNegative() && span.toHours() <= 24,
                    "be at least 0s, at most 1d")
                .orElse(Duration.ofMinutes(5)));
    if (times.shortestAllocation().compareTo(times.allocation()) > 0
        || times.allocation().compareTo(times.longestAllocation()) > 0) {
      section.problem(
          "allocation-lifetime", "must be from shortest-allocation to longest-allocation.");
    }
    return times;
  }

  private static Duration span(ConfigReader section, String key, String meaning, int seconds) {
    int longest = key.endsWith("allocation") || key.startsWith("allocation") ? 86_400 : 3600;
    int shortest = key.startsWith("nonce") ? 10 : 1;
    return section
        .duration(key)
        .describedAs(meaning)
        .must(
            span -> span.toSeconds() >= shortest && span.toSeconds() <= longest,
            "be from " + shortest + "s to " + longest + "s")
        .orElse(Duration.ofSeconds(seconds));
  }

  private static Quirks quirks(ConfigReader section) {
    return new Quirks(
        section
            .flag("wide-channels")
            .describedAs("Allow channel numbers up to 0x7fff, as coturn's tools before 4.16 need.")
            .orElse(false),
        section
            .flag("strict-permissions")
            .describedAs("Whether a peer with a channel needs a permission, too.")
            .orElse(false),
        section
            .flag("software")
            .describedAs("Tell authenticated users what serves them.")
            .orElse(false));
  }

  private static Buffers buffers(ConfigReader section) {
    return new Buffers(
        section
            .integer("receive-buffer")
            .describedAs("Bytes the kernel keeps per socket until they are read.")
            .between(64 * 1024, 1 << 30)
            .orElse(4 * MEBIBYTE),
        section
            .integer("send-buffer")
            .describedAs("Bytes the kernel keeps per socket until they are sent.")
            .between(64 * 1024, 1 << 30)
            .orElse(4 * MEBIBYTE),
        section
            .flag("offload")
            .describedAs("Let the kernel cut and join trains of datagrams (GSO and GRO).")
            .orElse(true));
  }

  private static Optional<Endpoint> monitor(ConfigReader section) {
    var monitor =
        section
            .parsed("monitor", "address with port", Endpoint::parse)
            .describedAs("Where /live, /ready, /metrics and /status are answered over HTTP.")
            .orElse(MONITOR);
    return section.flag("monitored").describedAs("Whether they are answered at all.").orElse(true)
        ? Optional.of(monitor)
        : Optional.empty();
  }

  private static boolean isRealm(String text) {
    return text.matches("[\\p{Graph}&&[^\"\\\\]]{1,32}");
  }

  private static boolean onePerFamily(List<IpAddress> list) {
    return list.stream().filter(IpAddress::isV4).count() <= 1
        && list.stream().filter(address -> !address.isV4()).count() <= 1;
  }

  /** Port 0 stands for any free one, so it may stand there more than once. */
  private static boolean distinct(List<Endpoint> list) {
    var fixed = list.stream().filter(one -> one.port() != 0).toList();
    return new HashSet<>(fixed).size() == fixed.size();
  }
}
