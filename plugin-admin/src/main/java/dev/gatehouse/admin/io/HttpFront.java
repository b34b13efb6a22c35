package dev.gatehouse.admin.io;

import dev.gatehouse.admin.AdminErrorCode;
import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Router;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.TimeSource;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/1.1 in front of a router: reads requests on the event loop, answers them on virtual threads,
 * and bounds how large, how slow and how many they may be.
 */
final class HttpFront {

  static final int MAX_BODY = 64 * 1024;
  static final int MAX_CONNECTIONS = 256;
  static final int MAX_RUNNING = 64;

  /** What the store may take longer than its deadline before the asker is told. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  /** How long requests may still be answered once the gateway stops. */
  private static final Duration LAST_WORDS = Duration.ofMillis(500);

  /** How much of a refused request is still read, and for how long. */
  private static final int MAX_DRAINED = 1024 * 1024;

  private static final Duration DRAIN_TIME = Duration.ofSeconds(2);

  private static final Set<String> PROTOCOLS = Set.of("TLSv1.3", "TLSv1.2");
  private static final int HANDSHAKE_SECONDS = 5;

  private static final Logger log = LoggerFactory.getLogger(HttpFront.class);

  private final Vertx vertx;
  private final TimeSource time;
  private final Router router;
  private final Guard guard;
  private volatile Duration timeout;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final LongAdder requests = new LongAdder();
  private final LongAdder refusedConnections = new LongAdder();

  /** Who has connected and not shown that it may ask, with the timer that ends its stay. */
  private final Map<HttpConnection, Long> strangers = new ConcurrentHashMap<>();

  private @Nullable HttpServer server;
  private volatile @Nullable ExecutorService threads;

  HttpFront(Vertx vertx, TimeSource time, Router router, Duration timeout, Guard guard) {
    this.vertx = vertx;
    this.time = time;
    this.router = router;
    this.timeout = timeout;
    this.guard = guard;
  }

  /** Listens on a socket file that does not exist yet. */
  void listen(Path socket) throws InterruptedException {
    listen(SocketAddress.domainSocketAddress(socket.toString()), Optional.empty());
  }

  /**
   * Listens.
   *
   * @param certificate the certificate for TLS; empty for none
   * @return the port, where it is TCP
   */
  int listen(SocketAddress address, Optional<PemKeyCertOptions> certificate)
      throws InterruptedException {
    threads =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("gatehouse-admin-", 0).factory());
    var options =
        new HttpServerOptions()
            .setMaxInitialLineLength(4096)
            .setMaxHeaderSize(8192)
            .setIdleTimeout((int) timeout.plus(GRACE).plusSeconds(30).toSeconds())
            .setHandle100ContinueAutomatically(true)
            .setHttp2ClearTextEnabled(false);
    certificate.ifPresent(pem ->
        options
            .setSsl(true)
            .setKeyCertOptions(pem)
            .setUseAlpn(false)
            .setEnabledSecureTransportProtocols(PROTOCOLS)
            .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
            .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS));
    var created =
        vertx
            .createHttpServer(options)
            .connectionHandler(this::connected)
            .invalidRequestHandler(HttpFront::refuseInvalid)
            .exceptionHandler(e -> log.atDebug().setCause(e).log("admin connection failed"))
            .requestHandler(this::received);
    server = created;
    return Futures.get(created.listen(address), Duration.ofSeconds(10)).actualPort();
  }

  /** How long a request may take from now on. Any thread. */
  void timeout(Duration other) {
    timeout = other;
  }

  /** Uses another certificate for new connections. */
  void certificate(PemKeyCertOptions certificate) {
    var running = server;
    if (running != null) {
      var options =
          new ServerSSLOptions()
              .setKeyCertOptions(certificate)
              .setUseAlpn(false)
              .setEnabledSecureTransportProtocols(PROTOCOLS)
              .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
              .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
      running
          .updateSSLOptions(options)
          .onFailure(e -> log.atError().setCause(e).log("the certificate could not be changed"));
    }
  }

  /** Stops listening, lets running requests finish for a moment and ends the rest. */
  void close() throws InterruptedException {
    var closing = server;
    server = null;
    if (closing != null) {
      Futures.get(closing.shutdown(LAST_WORDS), LAST_WORDS.plusSeconds(5));
    }
    var ending = threads;
    threads = null;
    if (ending != null) {
      ending.shutdown();
      if (!ending.awaitTermination(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS)) {
        log.atDebug().log("an admin request is still waiting for the store");
      }
    }
  }

  int connections() {
    return connections.get();
  }

  long requests() {
    return requests.sum();
  }

  long refusedConnections() {
    return refusedConnections.sum();
  }

  private void connected(HttpConnection connection) {
    if (connections.incrementAndGet() > MAX_CONNECTIONS) {
      refusedConnections.increment();
      connection.closeHandler(_ -> connections.decrementAndGet());
      connection.close();
      return;
    }
    connection.closeHandler(_ -> {
      connections.decrementAndGet();
      isKnown(connection);
    });
    if (guard.isNeeded()) {
      long patience = timeout.plus(GRACE).toMillis();
      strangers.put(connection, vertx.setTimer(patience, _ -> connection.close()));
    }
  }

  private void isKnown(HttpConnection connection) {
    var timer = strangers.remove(connection);
    if (timer != null) {
      vertx.cancelTimer(timer);
    }
  }

  private void received(HttpServerRequest request) {
    requests.increment();
    var refusal = guard.refuse(request);
    if (refusal.isPresent()) {
      new Exchange(request, vertx.getOrCreateContext()).turnAway(refusal.get());
      return;
    }
    if (!guard.isOpen(request)) {
      isKnown(request.connection());
    }
    var exchange = new Exchange(request, vertx.getOrCreateContext());
    exchange.begin();
  }

  private static void refuseInvalid(HttpServerRequest request) {
    var reply =
        Reply.problem(
            new GatehouseException(
                AdminErrorCode.MALFORMED_HTTP,
                "The request is not HTTP as this interface understands it.",
                "Send HTTP/1.1 with a path of at most 4 KiB and headers of at most 8 KiB."));
    send(request.response().putHeader("Connection", "close"), reply);
    request.connection().close();
  }

  private static void send(HttpServerResponse response, Reply reply) {
    response
        .setStatusCode(reply.status())
        .putHeader("Content-Type", reply.contentType())
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Content-Type-Options", "nosniff");
    reply.headers().forEach(response::putHeader);
    response
        .end(reply.body())
        .onFailure(e -> log.atDebug().setCause(e).log("admin answer not delivered"));
  }

  /** One request on its way; touched on its event loop only. */
  private final class Exchange {
    private final HttpServerRequest request;
    private final Context context;
    private final Deadline deadline = Deadline.after(timeout, time);
    private final Buffer body = Buffer.buffer();
    private long timer;
    private long drained;
    private boolean arrived;
    private boolean answered;

    Exchange(HttpServerRequest request, Context context) {
      this.request = request;
      this.context = context;
    }

    /** Answers somebody who may not ask, and hangs up. */
    void turnAway(Reply refusal) {
      request.exceptionHandler(_ -> giveUp());
      request.response().exceptionHandler(_ -> giveUp());
      request.connection().exceptionHandler(_ -> giveUp());
      closeOnceRead();
      finish(refusal);
    }

    void begin() {
      timer = vertx.setTimer(timeout.plus(GRACE).toMillis(), _ -> timedOut());
      request.exceptionHandler(_ -> giveUp());
      request.response().exceptionHandler(_ -> giveUp());
      request.connection().exceptionHandler(_ -> giveUp());
      var type = request.getHeader("Content-Type");
      if (type != null && !type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
        refuse(
            AdminErrorCode.UNSUPPORTED_TYPE,
            "The body of the request is declared to be something else than JSON.",
            "Send it with 'Content-Type: application/json'.");
        return;
      }
      request.handler(this::append);
      request.endHandler(_ -> complete());
    }

    private void append(Buffer part) {
      if (answered) {
        drained += part.length();
        if (drained > MAX_DRAINED) {
          request.connection().close();
        }
        return;
      }
      if (body.length() + part.length() > MAX_BODY) {
        refuse(
            AdminErrorCode.BODY_TOO_LARGE,
            "The body of the request is larger than " + MAX_BODY / 1024 + " KiB.",
            "Send less at once.");
      } else {
        body.appendBuffer(part);
      }
    }

    private void complete() {
      if (answered) {
        request.connection().close();
        return;
      }
      arrived = true;
      var executor = threads;
      if (executor == null || running.incrementAndGet() > MAX_RUNNING) {
        running.decrementAndGet();
        refuse(
            AdminErrorCode.BUSY,
            "The gateway is answering too many requests already.",
            "Try again in a moment.");
        return;
      }
      try {
        executor.execute(this::work);
      } catch (RejectedExecutionException e) {
        running.decrementAndGet();
        refuse(AdminErrorCode.BUSY, "The gateway is stopping.", "");
      }
    }

    /** On a virtual thread. */
    private void work() {
      Reply reply;
      try {
        reply = router.answer(request.method().name(), request.uri(), body, deadline);
      } catch (RuntimeException | Error e) {
        log.atError()
            .addKeyValue("method", request.method().name())
            .setCause(e)
            .log("admin request failed");
        reply =
            Reply.problem(
                new GatehouseException(
                    StandardErrorCode.INTERNAL,
                    "The gateway could not answer because of a fault of its own.",
                    "Its log says more."));
      } finally {
        running.decrementAndGet();
      }
      var answer = reply;
      context.runOnContext(_ -> finish(answer));
    }

    private void timedOut() {
      if (answered) {
        return;
      }
      if (arrived) {
        refuse(
            AdminErrorCode.ANSWER_TIMEOUT,
            "The gateway did not find the answer within "
                + timeout.toMillis()
                + " ms; a change may or may not have been made.",
            "Look before you try again.");
      } else {
        refuse(
            AdminErrorCode.REQUEST_TIMEOUT,
            "The request did not arrive within " + timeout.toMillis() + " ms.",
            "Try again.");
      }
    }

    private void refuse(AdminErrorCode code, String problem, String fix) {
      if (!arrived) {
        closeOnceRead();
      }
      finish(Reply.problem(new GatehouseException(code, problem, fix)));
    }

    /**
     * Closing while the asker still writes would take the answer from it, so the rest is read and
     * thrown away, within limits.
     */
    private void closeOnceRead() {
      request.response().putHeader("Connection", "close");
      request.handler(this::append);
      request.endHandler(_ -> complete());
      vertx.setTimer(DRAIN_TIME.toMillis(), _ -> request.connection().close());
    }

    private void finish(Reply reply) {
      if (answered) {
        return;
      }
      giveUp();
      if (!request.response().closed()) {
        send(request.response(), reply);
      }
    }

    private void giveUp() {
      answered = true;
      vertx.cancelTimer(timer);
    }
  }
}
