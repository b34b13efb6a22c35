package dev.gatehouse.admin.io;

import dev.gatehouse.admin.RemoteConfig;
import dev.gatehouse.admin.core.Router;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.spi.PluginContext;
import io.vertx.core.net.SocketAddress;
import java.net.BindException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The admin API over the network: TCP, TLS unless on a loopback address, and a token always. */
final class RemoteListener {

  private static final Logger log = LoggerFactory.getLogger(RemoteListener.class);

  private final RemoteConfig config;
  private final PluginContext context;
  private final Router router;
  private final Duration timeout;
  private @Nullable TokenGuard guard;
  private @Nullable HttpFront front;
  private volatile @Nullable Endpoint listening;

  /** Opens nothing yet. */
  RemoteListener(RemoteConfig config, PluginContext context, Router router, Duration timeout) {
    this.config = config;
    this.context = context;
    this.router = router;
    this.timeout = timeout;
  }

  /**
   * Reads the files and listens.
   *
   * @throws GatehouseException if a file or the address cannot be used
   */
  void start() throws InterruptedException {
    var certificate = TlsFiles.certificate(config, context.vertx());
    var guarding = new TokenGuard(TlsFiles.token(config), context.time(), RemoteListener::isOpen);
    var opened = new HttpFront(context.vertx(), context.time(), router, timeout, guarding);
    guard = guarding;
    front = opened;
    var address = config.listen();
    try {
      int port =
          opened.listen(
              SocketAddress.inetSocketAddress(address.port(), address.address().toString()),
              certificate);
      listening = new Endpoint(address.address(), port);
    } catch (GatehouseException e) {
      throw e.getCause() instanceof BindException
          ? new GatehouseException(
              StandardErrorCode.ADDRESS_IN_USE,
              "The admin API cannot listen on " + address + " (" + e.getCause().getMessage() + ").",
              "Set listen in [admin] to an address of this machine and a port that is free.",
              e)
          : e;
    }
    log.atInfo()
        .addKeyValue("address", listening)
        .addKeyValue("tls", config.isTls())
        .log("admin API listening on the network");
  }

  /**
   * Reads the files again, which may be others.
   *
   * @return uses them; TLS stays on or off as it was started
   * @throws GatehouseException if a file cannot be used
   */
  Runnable reconfigure(RemoteConfig other, Duration otherTimeout) {
    var opened = front;
    var guarding = guard;
    if (opened == null || guarding == null) {
      return () -> {};
    }
    if (other.isTls() != config.isTls()) {
      throw new GatehouseException(
          StandardErrorCode.CONFIGURATION_INVALID,
          "TLS of the admin API cannot be switched "
              + (other.isTls() ? "on" : "off")
              + " while it"
              + " runs.",
          "Restart the gateway instead; nothing was changed.");
    }
    var token = TlsFiles.token(other);
    var certificate = TlsFiles.certificate(other, context.vertx());
    return () -> {
      guarding.use(token);
      opened.timeout(otherTimeout);
      certificate.ifPresent(opened::certificate);
    };
  }

  /** What everybody may see: that the gateway lives, and the page on which one logs in. */
  private static boolean isOpen(String path) {
    return path.equals("/live") || path.equals("/console") || path.startsWith("/console/");
  }

  /** Where it listens; null if it does not. Any thread. */
  @Nullable Endpoint listening() {
    return listening;
  }

  void stop() throws InterruptedException {
    listening = null;
    var opened = front;
    if (opened != null) {
      opened.close();
    }
  }

  /** Figures for the status. */
  Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    var at = listening;
    var opened = front;
    var guarding = guard;
    if (at != null && opened != null && guarding != null) {
      status.put("listening", (config.isTls() ? "https://" : "http://") + at);
      status.put("connections", opened.connections());
      status.put("requests", opened.requests());
      status.put("refused-connections", opened.refusedConnections());
      status.put("wrong-tokens", guarding.wrong());
      status.put("throttled", guarding.throttled());
    }
    return status;
  }
}
