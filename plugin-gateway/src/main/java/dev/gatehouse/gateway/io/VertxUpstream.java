package dev.gatehouse.gateway.io;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.dns.DnsClient;
import io.vertx.core.dns.DnsClientOptions;
import io.vertx.core.dns.DnsException;
import io.vertx.core.dns.DnsResponseCode;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Name servers asked over the network. The one that answered last is asked first; if it does not
 * answer, the next one is, once. Every forwarded query has a port and a number of its own, so that
 * answers are hard to forge (RFC 5452).
 */
final class VertxUpstream implements Upstream {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MOST_AT_ONCE = 256;

  private final Vertx vertx;
  private final Supplier<List<Endpoint>> servers;
  private final RandomGenerator random;
  private final NetClient tcp;
  private final Map<Endpoint, DnsClient> clients = new ConcurrentHashMap<>();
  private final AtomicInteger preferred = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();

  VertxUpstream(Vertx vertx, Supplier<List<Endpoint>> servers, RandomGenerator random) {
    this.vertx = vertx;
    this.servers = servers;
    this.random = random;
    tcp =
        vertx.createNetClient(new NetClientOptions().setConnectTimeout((int) PATIENCE.toMillis()));
  }

  @Override
  public List<String> servers() {
    return servers.get().stream().map(Endpoint::toString).toList();
  }

  @Override
  public Future<List<IpAddress>> resolve(String domain) {
    return ask(server -> {
      var client = clients.computeIfAbsent(server, this::client);
      var v4 = addresses(client.resolveA(domain));
      var v6 = addresses(client.resolveAAAA(domain));
      return Future.join(v4, v6)
          .transform(_ -> {
            if (v4.failed() && v6.failed()) {
              return Future.failedFuture(v4.cause());
            }
            var all = new ArrayList<IpAddress>();
            all.addAll(v4.succeeded() ? v4.result() : List.of());
            all.addAll(v6.succeeded() ? v6.result() : List.of());
            return Future.succeededFuture(all);
          });
    });
  }

  private DnsClient client(Endpoint server) {
    return vertx.createDnsClient(
        new DnsClientOptions()
            .setHost(server.address().toString())
            .setPort(server.port())
            .setQueryTimeout(PATIENCE.toMillis()));
  }

  private static Future<List<IpAddress>> addresses(Future<List<String>> found) {
    return found
        .map(texts -> texts.stream().map(IpAddress::parse).toList())
        .recover(problem ->
            problem instanceof DnsException told && told.code() == DnsResponseCode.NXDOMAIN
                ? Future.succeededFuture(List.of())
                : Future.failedFuture(problem));
  }

  @Override
  public Future<byte[]> forward(byte[] query, boolean overTcp) {
    int id = random.nextInt(1 << 16);
    var outward = Buffer.buffer(query).setUnsignedShort(0, id);
    return ask(server -> overTcp ? overTcp(server, outward) : overUdp(server, outward, id))
        .map(answer -> {
          var bytes = answer.getBytes();
          bytes[0] = query[0];
          bytes[1] = query[1];
          return bytes;
        });
  }

  private <T> Future<T> ask(Function<Endpoint, Future<T>> question) {
    var known = servers.get();
    if (known.isEmpty()) {
      return Future.failedFuture(new IOException("no name server is known"));
    }
    if (running.incrementAndGet() > MOST_AT_ONCE) {
      running.decrementAndGet();
      return Future.failedFuture(new IOException("too many questions at once"));
    }
    int first = preferred.get();
    var server = known.get(Math.floorMod(first, known.size()));
    return question
        .apply(server)
        .recover(problem -> {
          if (known.size() == 1) {
            return Future.failedFuture(problem);
          }
          preferred.compareAndSet(first, first + 1);
          return question.apply(known.get(Math.floorMod(first + 1, known.size())));
        })
        .onComplete(_ -> running.decrementAndGet());
  }

  private Future<Buffer> overUdp(Endpoint server, Buffer query, int id) {
    var answered = Promise.<Buffer>promise();
    var socket = vertx.createDatagramSocket();
    var local = server.address().isV4() ? "0.0.0.0" : "::";
    var host = server.address().toString();
    socket.handler(packet -> {
      var data = packet.data();
      boolean ours =
          data.length() >= 12
              && data.getUnsignedShort(0) == id
              && packet.sender().port() == server.port()
              && IpAddress.parse(packet.sender().hostAddress()).equals(server.address());
      if (ours) {
        answered.tryComplete(data);
      }
    });
    socket
        .listen(0, local)
        .compose(_ -> socket.send(query, server.port(), host))
        .onFailure(answered::tryFail);
    return limited(answered).onComplete(_ -> socket.close());
  }

  private Future<Buffer> limited(Promise<Buffer> promise) {
    long timer =
        vertx.setTimer(
            PATIENCE.toMillis(),
            _ -> promise.tryFail(new IOException("the name server does not answer")));
    return promise.future().onComplete(_ -> vertx.cancelTimer(timer));
  }

  private Future<Buffer> overTcp(Endpoint server, Buffer query) {
    return tcp.connect(server.port(), server.address().toString())
        .compose(socket -> {
          var answered = Promise.<Buffer>promise();
          var frames = new DnsFrames(answered::tryComplete);
          socket.handler(data -> {
            if (!frames.accept(data)) {
              answered.tryFail(new IOException("the name server's answer makes no sense"));
            }
          });
          socket.closeHandler(
              _ -> answered.tryFail(new IOException("the name server closed the connection")));
          socket.write(DnsFrames.framed(query)).onFailure(answered::tryFail);
          return limited(answered).onComplete(_ -> socket.close());
        });
  }

  @Override
  public void close() {
    clients.values().forEach(DnsClient::close);
    tcp.close();
  }
}
