package dev.gatehouse.admin.io;

import dev.gatehouse.admin.AdminConfig;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.api.spi.FlowMonitor;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PolicyExplainer;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.testkit.TestContext;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A gateway around the admin API that exists in name only. */
final class House implements AutoCloseable {

  static final PublicKey GATEWAY_KEY = key(200);

  final TestContext context;
  final FakeStore store;
  final FakeTun tun = new FakeTun();
  final FakeTunnel tunnel = new FakeTunnel();
  final FakeTransport transport = new FakeTransport();
  final FakePolicy stage = new FakePolicy();

  House(java.nio.file.Path stateDirectory) {
    this(stateDirectory, true);
  }

  House(java.nio.file.Path stateDirectory, boolean withPolicy) {
    context = new TestContext("admin", stateDirectory);
    store = new FakeStore(context.time());
    context
        .with(store)
        .with((Tunnel) tunnel)
        .with((TunDevice) tun)
        .with((Transport) transport)
        .with("sqlite", store)
        .with("tun-linux", tun)
        .with("wireguard", tunnel)
        .with("udp", transport);
    if (withPolicy) {
      context.with("policy", stage);
    }
  }

  /** A configuration without a socket for wg, which lies outside the test's directory. */
  static AdminConfig config(Optional<java.nio.file.Path> socket, Duration requestTimeout) {
    return new AdminConfig(
        socket, requestTimeout, Optional.of(false), AdminConfig.DEFAULT_UAPI_DIRECTORY);
  }

  /** A public key that is different for every number. */
  static PublicKey key(int number) {
    var bytes = new byte[32];
    Arrays.fill(bytes, (byte) 7);
    bytes[0] = (byte) number;
    bytes[1] = (byte) (number >> 8);
    return PublicKey.of(bytes);
  }

  @Override
  public void close() {
    context.close();
  }

  static class FakeStage implements Plugin {
    volatile Supplier<Health> health = Health::ok;
    volatile Map<String, Object> status = Map.of();

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public void close() {}

    @Override
    public Health health() {
      return health.get();
    }

    @Override
    public Map<String, Object> status() {
      return status;
    }
  }

  static final class FakePolicy extends FakeStage implements PolicyExplainer, FlowMonitor {
    final List<Question> asked = new CopyOnWriteArrayList<>();
    volatile Explanation explanation =
        new Explanation(
            false,
            "no-grant",
            Optional.empty(),
            Optional.empty(),
            "Nothing permits it.",
            List.of());

    final List<Query> queries = new CopyOnWriteArrayList<>();
    volatile View view = new View(List.of(), false);

    @Override
    public View flows(Query query) {
      queries.add(query);
      return view;
    }

    @Override
    public Explanation explain(Question question) {
      asked.add(question);
      return explanation;
    }
  }

  static final class FakeTun extends FakeStage implements TunDevice {
    volatile String name = "gatehouse0";
    volatile List<Cidr> networks = List.of(Cidr.parse("10.99.0.0/24"), Cidr.parse("fd99::/64"));

    @Override
    public String name() {
      return name;
    }

    @Override
    public int mtu() {
      return 1420;
    }

    @Override
    public TunnelAddresses addresses() {
      return TunnelAddresses.of(List.of(IpAddress.parse("10.99.0.1"), IpAddress.parse("fd99::1")));
    }

    @Override
    public List<Cidr> networks() {
      return networks;
    }
  }

  static final class FakeTunnel extends FakeStage implements Tunnel {
    volatile Future<List<PeerStatus>> peers = Future.succeededFuture(List.of());

    /** Whose clients it has as peers at once, as with a policy stage; null for none. */
    volatile @Nullable FakeStore follows;

    final Map<PublicKey, Endpoint> endpoints = new ConcurrentHashMap<>();
    final Map<PublicKey, Duration> keepalives = new ConcurrentHashMap<>();
    final byte[] privateKey = new byte[SecretKey.LENGTH];

    @Override
    public PublicKey publicKey() {
      return GATEWAY_KEY;
    }

    @Override
    public Future<Void> putPeer(PeerSettings peer) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> removePeer(int handle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Future<List<PeerStatus>> peers() {
      var store = follows;
      if (store == null) {
        return peers;
      }
      var all = new ArrayList<PeerStatus>();
      for (var client : store.clients(Optional.empty(), 10_000, new Deadline(0)).items()) {
        all.add(status(all.size(), client.value()));
      }
      return Future.succeededFuture(all);
    }

    private PeerStatus status(int handle, Client client) {
      var key = client.publicKey();
      return new PeerStatus(
          handle,
          client.id(),
          key,
          true,
          Optional.ofNullable(endpoints.get(key)),
          Optional.of(Instant.ofEpochSecond(1_700_000_000, 123)),
          handle + 1000,
          handle + 2000,
          Optional.ofNullable(keepalives.get(key)).filter(Duration::isPositive));
    }

    @Override
    public Future<Boolean> adjustPeer(
        PublicKey key, Optional<Endpoint> endpoint, Optional<Duration> persistentKeepalive) {
      endpoint.ifPresent(at -> endpoints.put(key, at));
      persistentKeepalive.ifPresent(every -> keepalives.put(key, every));
      return Future.succeededFuture(true);
    }

    @Override
    public Optional<SecretKey> privateKey() {
      return Optional.of(SecretKey.of(privateKey));
    }
  }

  static final class FakeTransport extends FakeStage implements Transport {
    @Override
    public List<Endpoint> listening() {
      return List.of(Endpoint.parse("0.0.0.0:51820"), Endpoint.parse("[::]:51820"));
    }

    @Override
    public Path pathTo(Endpoint remote) {
      throw new UnsupportedOperationException();
    }
  }
}
