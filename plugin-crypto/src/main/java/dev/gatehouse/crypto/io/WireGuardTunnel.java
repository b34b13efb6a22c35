package dev.gatehouse.crypto.io;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.PeerStatus;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.Tunnel;
import dev.gatehouse.crypto.TunnelConfig;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.Identity;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The WireGuard tunnel as a plugin. All peers are on shard 0 for now. */
public final class WireGuardTunnel implements Tunnel {

  private static final Logger log = LoggerFactory.getLogger(WireGuardTunnel.class);

  private final TunnelConfig config;
  private final PluginContext context;
  private final Identity identity;
  private final PublicKey publicKey;
  private final Promise<TunnelShard> ready = Promise.promise();
  private volatile @Nullable TunnelShard shard;
  private volatile String aead = "";
  private volatile @Nullable AeadEngine engine;

  private WireGuardTunnel(TunnelConfig config, PluginContext context, Identity identity) {
    this.config = config;
    this.context = context;
    this.identity = identity;
    this.publicKey = PublicKey.of(identity.publicKey());
  }

  /**
   * Creates the tunnel with its key.
   *
   * @throws dev.gatehouse.api.GatehouseException if there is no usable key
   */
  public static WireGuardTunnel create(TunnelConfig config, PluginContext context) {
    try (var key = key(config, context)) {
      var bytes = new byte[SecretKey.LENGTH];
      key.copyTo(bytes, 0);
      return new WireGuardTunnel(config, context, new Identity(bytes));
    }
  }

  private static SecretKey key(TunnelConfig config, PluginContext context) {
    if (config.privateKeyFile().isPresent()) {
      return KeyFile.read(config.privateKeyFile().get());
    }
    var file = context.stateDirectory().resolve("tunnel.key");
    if (Files.exists(file)) {
      return KeyFile.read(file);
    }
    var key = KeyFile.generate(file, context.random());
    log.atInfo()
        .addKeyValue("file", file)
        .addKeyValue("public-key", publicKeyOf(key))
        .log("made a new private key");
    return key;
  }

  private static PublicKey publicKeyOf(SecretKey key) {
    var bytes = new byte[SecretKey.LENGTH];
    key.copyTo(bytes, 0);
    try (var temporary = new Identity(bytes)) {
      return PublicKey.of(temporary.publicKey());
    }
  }

  @Override
  public PublicKey publicKey() {
    return publicKey;
  }

  @Override
  public void start() {
    var chosen = AeadEngines.choose(config.aead());
    engine = chosen;
    aead = chosen.name();
    identity.computeWith(KeyAgreements.choose(chosen));
    var stamps =
        new StampFile(
            context.stateDirectory().resolve("tunnel.stamp"),
            context.time(),
            Thread::startVirtualThread);
    var initiations =
        new InitiationFile(
            context.stateDirectory().resolve("tunnel.initiations"),
            context.time(),
            Thread::startVirtualThread);
    var endpoints =
        new EndpointFile(
            context.stateDirectory().resolve("tunnel.endpoints"),
            context.time(),
            Thread::startVirtualThread);
    var started =
        new TunnelShard(
            context,
            context.shards().getFirst(),
            identity,
            chosen,
            stamps,
            initiations,
            endpoints,
            config.disconnectAfter(),
            config.handshakesPerSecond(),
            config.postQuantum());
    shard = started;
    started.start();
    ready.tryComplete(started);
    log.atInfo()
        .addKeyValue("public-key", publicKey)
        .addKeyValue("aead", aead)
        .log("the tunnel is up");
  }

  @Override
  public Optional<Rehearsal> rehearsal(Shard on) {
    var chosen = engine;
    return chosen == null
        ? Optional.empty()
        : Optional.of(new TunnelRehearsal(on, chosen, context.tun().mtu(), context.random()));
  }

  @Override
  public Future<Void> putPeer(PeerSettings peer) {
    var settings =
        new PeerSettings(
            peer.handle(),
            peer.client(),
            peer.publicKey(),
            peer.presharedKey().map(SecretKey::copy),
            peer.endpoint(),
            peer.persistentKeepalive(),
            peer.timing());
    return ready
        .future()
        .compose(on -> on.run(() -> on.putPeer(settings)))
        .onComplete(done -> settings.presharedKey().ifPresent(SecretKey::close));
  }

  @Override
  public Future<Void> removePeer(int handle) {
    return ready.future().compose(on -> on.run(() -> on.removePeer(handle)));
  }

  @Override
  public Future<Boolean> adjustPeer(
      PublicKey key, Optional<Endpoint> endpoint, Optional<Duration> persistentKeepalive) {
    return ready
        .future()
        .compose(on -> on.call(() -> on.adjustPeer(key, endpoint, persistentKeepalive)));
  }

  @Override
  public Optional<SecretKey> privateKey() {
    var bytes = identity.copyOfPrivateKey();
    try {
      return Optional.of(SecretKey.of(bytes));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  @Override
  public Future<List<PeerStatus>> peers() {
    return ready.future().compose(on -> on.call((Supplier<List<PeerStatus>>) on::peers));
  }

  @Override
  public Map<String, Object> status() {
    var facts = new LinkedHashMap<String, Object>();
    facts.put("public-key", publicKey.toString());
    var on = shard;
    if (on == null) {
      return facts;
    }
    facts.put("aead", aead);
    facts.put("peers", on.peerCount());
    facts.put("connected", on.connectedCount());
    facts.put("handshakes", on.handshakes());
    facts.put("post-quantum", on.postQuantum());
    facts.put("drops", DropCounters.byReason(Stream.of(on.drops())));
    return facts;
  }

  @Override
  public Runnable reconfigure(Record config) {
    var on = shard;
    if (on == null || !(config instanceof TunnelConfig wanted)) {
      return () -> {};
    }
    return () ->
        on.run(() -> on.adjust(wanted.disconnectAfter(), wanted.handshakesPerSecond()))
            .onFailure(e -> log.atDebug().setCause(e).log("the tunnel stopped meanwhile"));
  }

  @Override
  public void stop() throws InterruptedException {
    var on = shard;
    if (on != null) {
      on.stop();
    }
  }

  @Override
  public void close() {
    var on = shard;
    if (on != null && !on.isClosed()) {
      try {
        on.stop();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    identity.close();
    ready.tryFail("the tunnel is closed");
  }
}
