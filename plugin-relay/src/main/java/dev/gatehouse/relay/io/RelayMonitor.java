package dev.gatehouse.relay.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.net.BindException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers questions about the relay over HTTP: whether it lives and is ready, its figures, its
 * status. It changes nothing and tells of nobody, so it asks for no password.
 */
final class RelayMonitor {

  private static final Logger LOG = LoggerFactory.getLogger(RelayMonitor.class);
  private static final int MOST_CONNECTIONS = 128;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Vertx vertx;
  private final RelayReport report;
  private final AtomicInteger connections = new AtomicInteger();
  private @Nullable HttpServer server;
  private @Nullable Endpoint endpoint;

  RelayMonitor(Vertx vertx, RelayReport report) {
    this.vertx = vertx;
    this.report = report;
  }

  /** Begins to answer. */
  void listen(Endpoint wanted) throws InterruptedException {
    var created =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setMaxInitialLineLength(2048)
                    .setMaxHeaderSize(8192)
                    .setIdleTimeout(30)
                    .setHttp2ClearTextEnabled(false))
            .connectionHandler(this::connected)
            .exceptionHandler(e -> LOG.atDebug().setCause(e).log("monitor connection failed"))
            .requestHandler(this::asked);
    server = created;
    try {
      var listening =
          created
              .listen(wanted.port(), wanted.address().toInetAddress().getHostAddress())
              .toCompletionStage()
              .toCompletableFuture()
              .orTimeout(10, TimeUnit.SECONDS)
              .join();
      endpoint = new Endpoint(wanted.address(), listening.actualPort());
      LOG.atInfo().addKeyValue("address", endpoint).log("answering /live, /ready and /metrics");
    } catch (CompletionException e) {
      throw new GatehouseException(
          e.getCause() instanceof BindException
              ? StandardErrorCode.ADDRESS_IN_USE
              : StandardErrorCode.DEVICE_UNAVAILABLE,
          "The relay cannot answer at " + wanted + ", where it is to be monitored.",
          "Stop the other program there, or set monitor in [relay] to another address, or"
              + " monitored to false.",
          e.getCause());
    }
  }

  @Nullable Endpoint endpoint() {
    return endpoint;
  }

  void close() {
    var closing = server;
    server = null;
    if (closing != null) {
      closing
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .completeOnTimeout(null, 5, TimeUnit.SECONDS)
          .exceptionally(_ -> null)
          .join();
    }
  }

  private void connected(HttpConnection connection) {
    connection.closeHandler(_ -> connections.decrementAndGet());
    if (connections.incrementAndGet() > MOST_CONNECTIONS) {
      connection.close();
    }
  }

  private void asked(HttpServerRequest request) {
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      json(request, 405, Map.of("problem", "Only GET is answered here."));
      return;
    }
    switch (request.path()) {
      case "/live" -> live(request);
      case "/ready" -> ready(request);
      case "/metrics" -> send(request, 200, Metrics.CONTENT_TYPE, report.metrics());
      case "/status" -> json(request, 200, report.overview());
      case null, default ->
          json(request, 404, Map.of("problem", "Ask for /live, /ready, /metrics or /status."));
    }
  }

  /** Whether every event loop still works: each is asked to run something. */
  private void live(HttpServerRequest request) {
    var house = report.service().house();
    if (house == null) {
      json(request, 503, Map.of("live", false));
      return;
    }
    var context = vertx.getOrCreateContext();
    var missing = new AtomicInteger(house.loops().size());
    var answered = new boolean[1]; // touched on the context only
    long timer = vertx.setTimer(PATIENCE.toMillis(), _ -> answer(request, answered, false));
    for (var loop : house.loops()) {
      loop.shard()
          .execute(() -> {
            if (missing.decrementAndGet() == 0) {
              context.runOnContext(_ -> {
                vertx.cancelTimer(timer);
                answer(request, answered, true);
              });
            }
          });
    }
  }

  private static void answer(HttpServerRequest request, boolean[] answered, boolean live) {
    if (!answered[0]) {
      answered[0] = true;
      json(request, live ? 200 : 503, Map.of("live", live));
    }
  }

  private void ready(HttpServerRequest request) {
    var problem = report.service().health().problem();
    json(
        request,
        problem.isEmpty() ? 200 : 503,
        problem
            .<Map<String, Object>>map(sentence -> Map.of("ready", false, "problem", sentence))
            .orElse(Map.of("ready", true)));
  }

  private static void json(HttpServerRequest request, int status, Map<String, ?> body) {
    send(request, status, "application/json", Json.of(body) + "\n");
  }

  private static void send(HttpServerRequest request, int status, String type, String body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", type)
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Content-Type-Options", "nosniff")
        .end(body)
        .onFailure(e -> LOG.atDebug().setCause(e).log("monitor answer not delivered"));
  }
}
