package dev.gatehouse.gateway.io;

import dev.gatehouse.api.model.IpAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramPacket;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's name server on its addresses inside the tunnel: UDP and TCP, port 53535 for clients
 * that know Gatehouse, and port 53 for all others where this user may open it. Each client has a
 * share of questions and connections that it cannot exceed.
 */
final class NameSockets implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NameSockets.class);

  private static final List<Integer> PORTS = List.of(53535, 53);
  private static final int IDLE_SECONDS = 10;
  private static final int MOST_QUESTIONS = 64;
  private static final int MOST_CONNECTIONS = 10;
  private static final long PATIENCE_SECONDS = 5;

  private final Vertx vertx;
  private final NameService service;
  private final List<DatagramSocket> datagrams = new ArrayList<>();
  private final List<NetServer> servers = new ArrayList<>();
  private final List<String> listening = new ArrayList<>();
  private final Map<IpAddress, Integer> questions = new ConcurrentHashMap<>();
  private final Map<IpAddress, Integer> connections = new ConcurrentHashMap<>();
  private final AtomicLong refused = new AtomicLong();

  NameSockets(Vertx vertx, NameService service) {
    this.vertx = vertx;
    this.service = service;
  }

  /** Where it listens. */
  List<String> listening() {
    return List.copyOf(listening);
  }

  /** How many questions and connections were over a client's share. Any thread. */
  long refused() {
    return refused.get();
  }

  /** Opens what can be opened; what cannot is said in the log and missing in the status. */
  void open(List<IpAddress> addresses) throws InterruptedException {
    for (var address : addresses) {
      for (int port : PORTS) {
        var udp = vertx.createDatagramSocket();
        datagrams.add(udp);
        udp.handler(packet -> datagram(udp, packet));
        var tcp = vertx.createNetServer(new NetServerOptions().setIdleTimeout(IDLE_SECONDS));
        servers.add(tcp);
        tcp.connectHandler(this::connection);
        var name = address.isV4() ? address + ":" + port : "[" + address + "]:" + port;
        var problem =
            problem(
                Future.join(
                    udp.listen(port, address.toString()), tcp.listen(port, address.toString())));
        if (problem.isEmpty()) {
          listening.add(name);
        } else {
          log.atInfo()
              .addKeyValue("address", name)
              .addKeyValue("reason", problem)
              .log("no name server here; clients that use this port get no answers");
        }
      }
    }
  }

  private static String problem(Future<?> opening) throws InterruptedException {
    try {
      opening.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return "";
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause().getMessage());
    } catch (TimeoutException e) {
      return "not in time";
    }
  }

  private void datagram(DatagramSocket socket, DatagramPacket packet) {
    var sender = packet.sender();
    ask(
        sender,
        packet.data(),
        false,
        answer -> socket.send(Buffer.buffer(answer), sender.port(), sender.host()));
  }

  private void connection(NetSocket socket) {
    var client = address(socket.remoteAddress());
    if (!take(connections, client, MOST_CONNECTIONS)) {
      socket.close();
      return;
    }
    socket.closeHandler(_ -> give(connections, client));
    var frames =
        new DnsFrames(query ->
            ask(
                socket.remoteAddress(),
                query,
                true,
                answer -> socket.write(DnsFrames.framed(Buffer.buffer(answer)))));
    socket.handler(data -> {
      if (!frames.accept(data)) {
        socket.close();
      }
    });
  }

  private void ask(
      SocketAddress from, Buffer query, boolean tcp, java.util.function.Consumer<byte[]> to) {
    var client = address(from);
    if (!take(questions, client, MOST_QUESTIONS)) {
      return;
    }
    service
        .answer(client, query.getBytes(), tcp)
        .onSuccess(to::accept)
        .onComplete(_ -> give(questions, client));
  }

  private static IpAddress address(SocketAddress from) {
    return IpAddress.parse(from.hostAddress());
  }

  private boolean take(Map<IpAddress, Integer> shares, IpAddress client, int most) {
    int now = shares.merge(client, 1, Integer::sum);
    if (now <= most) {
      return true;
    }
    give(shares, client);
    refused.incrementAndGet();
    return false;
  }

  private static void give(Map<IpAddress, Integer> shares, IpAddress client) {
    shares.computeIfPresent(client, (_, count) -> count == 1 ? null : count - 1);
  }

  /** Closes what was opened and waits until its ports are free again. */
  @Override
  public void close() {
    var closing = new ArrayList<Future<?>>();
    datagrams.forEach(socket -> closing.add(socket.close()));
    servers.forEach(server -> closing.add(server.close()));
    datagrams.clear();
    servers.clear();
    try {
      var problem = problem(Future.join(closing));
      if (!problem.isEmpty()) {
        log.atDebug().addKeyValue("reason", problem).log("a name server's socket did not close");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
