package dev.gatehouse.admin.io;

import dev.gatehouse.admin.AdminConfig;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.admin.core.Router;
import dev.gatehouse.api.spi.Health;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.store.StoreLatency;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The admin API on its socket. */
public final class AdminPlugin implements Plugin {

  private static final Logger log = LoggerFactory.getLogger(AdminPlugin.class);

  private final SocketFile socket;
  private final HttpFront front;
  private final UapiFront uapi;
  private final Gateway gateway;
  private final Optional<RemoteListener> remote;
  private volatile boolean listening;

  /** Opens nothing yet. */
  public AdminPlugin(AdminConfig config, PluginContext context) {
    socket =
        new SocketFile(
            config.socket().orElseGet(() -> context.stateDirectory().resolve("admin.sock")));
    gateway = new Gateway(context);
    var clients = new ClientsApi(gateway);
    var router = router(gateway, clients, config.console());
    front =
        new HttpFront(context.vertx(), context.time(), router, config.requestTimeout(), Guard.NONE);
    remote =
        config.remote().map(r -> new RemoteListener(r, context, router, config.requestTimeout()));
    uapi =
        new UapiFront(config, context, new UapiDevice(gateway, clients, config.requestTimeout()));
  }

  static Router router(PluginContext context) {
    var gateway = new Gateway(context);
    return router(gateway, new ClientsApi(gateway), false);
  }

  private static Router router(Gateway gateway, ClientsApi clients, boolean console) {
    var status = new StatusApi(gateway);
    var routes = new ArrayList<Route>();
    routes.addAll(status.routes());
    routes.addAll(new MetricsApi(gateway, status).routes());
    routes.addAll(clients.routes());
    routes.addAll(new ResourcesApi(gateway).routes());
    routes.addAll(new AuthorizationsApi(gateway).routes());
    routes.addAll(new ExplainApi(gateway).routes());
    routes.addAll(new FlowsApi(gateway).routes());
    routes.addAll(new ReloadApi(gateway).routes());
    routes.addAll(new StoreApi(gateway).routes());
    routes.add(OpenApi.route());
    if (console) {
      routes.addAll(Console.routes());
    }
    return new Router(routes);
  }

  @Override
  public void start() throws InterruptedException {
    socket.prepare();
    front.listen(socket.bindPath());
    socket.publish();
    listening = true;
    log.atInfo().addKeyValue("socket", socket.target()).log("admin API listening");
    if (remote.isPresent()) {
      remote.get().start();
    }
    uapi.start();
  }

  @Override
  public void stop() throws InterruptedException {
    uapi.stop();
    stopRemote();
    if (listening) {
      listening = false;
      socket.remove();
      front.close();
    }
  }

  private void stopRemote() throws InterruptedException {
    if (remote.isPresent()) {
      remote.get().stop();
    }
  }

  @Override
  public void close() {
    try {
      uapi.stop();
      stopRemote();
      listening = false;
      socket.remove();
      front.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Runnable reconfigure(Record config) {
    if (!(config instanceof AdminConfig wanted)) {
      return () -> {};
    }
    Runnable following =
        remote.isPresent() && wanted.remote().isPresent()
            ? remote.get().reconfigure(wanted.remote().get(), wanted.requestTimeout())
            : () -> {};
    return () -> {
      front.timeout(wanted.requestTimeout());
      following.run();
    };
  }

  @Override
  public Health health() {
    if (!listening) {
      return Health.failing("The admin API does not listen.");
    }
    return socket.isInPlace()
        ? Health.ok()
        : Health.failing("The admin socket " + socket.target() + " was removed or replaced.");
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("socket", socket.target().toString());
    status.put("connections", front.connections());
    status.put("requests", front.requests());
    status.put("refused-connections", front.refusedConnections());
    remote.ifPresent(listener -> status.put("remote", listener.status()));
    status.put(StoreLatency.KEY, gateway.latency().status());
    status.put("wg", uapi.status());
    return status;
  }
}
