package dev.gatehouse.relay.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.RelayConfig;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The sockets that wait for TCP and TLS clients. Every loop has its share of the connections. */
final class StreamListeners {

  private static final int BACKLOG = 1024;
  private static final long PATIENCE_SECONDS = 10;

  private final Vertx vertx;
  private final RelayHouse house;
  private final List<NetServer> servers = new CopyOnWriteArrayList<>();
  private final List<String> listening = new CopyOnWriteArrayList<>();

  StreamListeners(Vertx vertx, RelayHouse house) {
    this.vertx = vertx;
    this.house = house;
  }

  /**
   * Opens all of them.
   *
   * @throws GatehouseException if that fails
   */
  void open() throws InterruptedException {
    var config = house.config().listening();
    if (config.tcp()) {
      for (var endpoint : withoutTwins(config.plain())) {
        open(endpoint, config, null);
      }
    }
    if (!config.tls().isEmpty()) {
      var tls = tls(config);
      for (var endpoint : withoutTwins(config.tls())) {
        open(endpoint, config, tls);
      }
    }
  }

  /** On TCP, [::] stands for IPv4, too, so 0.0.0.0 with the same port would be there twice. */
  private static List<Endpoint> withoutTwins(List<Endpoint> endpoints) {
    return endpoints.stream()
        .filter(one ->
            !(one.address().isV4()
                && one.address().isUnspecified()
                && one.port() != 0
                && endpoints.stream().anyMatch(other -> isTwin(one, other))))
        .toList();
  }

  private static boolean isTwin(Endpoint v4, Endpoint other) {
    return !other.address().isV4() && other.address().isUnspecified() && other.port() == v4.port();
  }

  private void open(Endpoint endpoint, RelayConfig.Listening config, @Nullable ServerSSLOptions tls)
      throws InterruptedException {
    var all = tls == null ? config.plain() : config.tls();
    boolean v4 =
        endpoint.address().isV4() || all.stream().anyMatch(other -> isTwin(other, endpoint));
    try {
      int port = endpoint.port();
      for (var loop : house.loops()) {
        port = listen(loop, endpoint.address(), port, tls, v4);
      }
      listening.add((tls == null ? "tcp " : "tls ") + new Endpoint(endpoint.address(), port));
    } catch (CompletionException e) {
      boolean optional = tls == null && config.optionalIpv6() && !endpoint.address().isV4();
      if (optional && !(e.getCause() instanceof BindException)) {
        open(new Endpoint(IpAddress.v4(0), endpoint.port()), config, null);
        return;
      }
      throw failure(endpoint, tls != null, e.getCause());
    }
  }

  private int listen(
      RelayLoop loop, IpAddress address, int port, @Nullable ServerSSLOptions tls, boolean v4)
      throws InterruptedException {
    var done = new CompletableFuture<NetServer>();
    loop.shard()
        .execute(() -> {
          // Its connections stay on this event loop.
          var server =
              vertx.createNetServer(
                  new NetServerOptions()
                      .setAcceptBacklog(BACKLOG)
                      .setTcpNoDelay(true)
                      .setReuseAddress(true));
          servers.add(server);
          server
              .connectHandler(socket -> loop.streams().accepted(socket, tls, v4))
              .exceptionHandler(_ -> {})
              .listen(port, address.toInetAddress().getHostAddress())
              .onComplete(done::complete, done::completeExceptionally);
        });
    return done.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join().actualPort();
  }

  private static ServerSSLOptions tls(RelayConfig.Listening config) {
    var certificate = RelayFiles.readable(config.certificate().orElseThrow(), "certificate");
    var key = RelayFiles.readable(config.certificateKey().orElseThrow(), "private key");
    return new ServerSSLOptions()
        .setKeyCertOptions(
            new PemKeyCertOptions().addCertPath(certificate.toString()).addKeyPath(key.toString()))
        .setSslHandshakeTimeout(PATIENCE_SECONDS)
        .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
  }

  private static GatehouseException failure(
      Endpoint endpoint, boolean tls, @Nullable Throwable cause) {
    var key = (tls ? "tls-listen" : "listen") + " in [relay]";
    if (cause instanceof BindException) {
      return new GatehouseException(
          StandardErrorCode.ADDRESS_IN_USE,
          "TCP port " + endpoint.port() + " is in use, or may not be opened by this user.",
          "Stop the other program, or set "
              + key
              + " to another port; below 1024 grant"
              + " CAP_NET_BIND_SERVICE.",
          cause);
    }
    return new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        "The relay cannot listen on TCP " + endpoint + " (" + cause + ").",
        "Set " + key + " to an address of this machine.",
        cause);
  }

  /** Where it listens. */
  List<String> listening() {
    return List.copyOf(listening);
  }

  /** Stops listening. */
  void close() {
    var closing = new ArrayList<CompletableFuture<?>>();
    for (var server : servers) {
      closing.add(server.close().toCompletionStage().toCompletableFuture());
    }
    servers.clear();
    CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, PATIENCE_SECONDS, TimeUnit.SECONDS)
        .exceptionally(_ -> null)
        .join();
  }
}
