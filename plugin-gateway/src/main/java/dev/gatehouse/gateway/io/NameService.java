package dev.gatehouse.gateway.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.gateway.core.ClientPolicy;
import dev.gatehouse.gateway.core.ControlMessage;
import dev.gatehouse.gateway.core.DnsMessage;
import dev.gatehouse.gateway.core.Grant;
import dev.gatehouse.gateway.core.NameRules;
import dev.gatehouse.gateway.core.PolicyTable;
import dev.gatehouse.gateway.core.ProxyAddresses;
import dev.gatehouse.gateway.core.Translation;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Names of the DNS for clients: for those that choose proxy addresses themselves and say so by
 * control messages, and for those that use the gateway as their name server. Works on one thread of
 * its own.
 */
final class NameService {

  private static final Logger log = LoggerFactory.getLogger(NameService.class);

  /** For how long a name's addresses are used without asking again. */
  private static final long FRESH = Duration.ofSeconds(10).toNanos();

  private static final int MOST_CACHED = 4096;
  private static final int MOST_WAITING = 1024;

  /** Sends a packet to a client. Any thread. */
  @FunctionalInterface
  interface Sender {
    void send(int handle, byte[] packet);
  }

  /** What was found out about a name, or is being found out. */
  private record Found(Future<List<IpAddress>> addresses, long sinceNanos) {}

  /** A client that understands control messages. */
  private record Speaker(int handle, boolean told) {}

  private final StoreFollower follower;
  private final TimeSource time;
  private final Executor thread;
  private final Upstream upstream;
  private final NameRules rules;
  private final List<Cidr> proxyNetworks;
  private final ProxyAddresses proxies;
  private final Sender sender;
  private final Map<String, Found> cache = new LinkedHashMap<>();
  private final Map<ClientId, Speaker> speakers = new TreeMap<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  NameService(
      StoreFollower follower,
      TimeSource time,
      Executor thread,
      Upstream upstream,
      PolicyTable.Surroundings surroundings,
      Sender sender) {
    this.follower = follower;
    this.time = time;
    this.thread = thread;
    this.upstream = upstream;
    this.proxyNetworks = surroundings.proxies();
    this.rules = new NameRules(surroundings);
    this.proxies = new ProxyAddresses(surroundings.proxies());
    this.sender = sender;
  }

  /** How many questions were answered by this gateway itself. Any thread. */
  long answered() {
    return answered.get();
  }

  /** How many questions nobody could answer. Any thread. */
  long failed() {
    return failed.get();
  }

  private boolean later(Runnable task) {
    if (waiting.incrementAndGet() > MOST_WAITING) {
      waiting.decrementAndGet();
      return false;
    }
    try {
      thread.execute(() -> {
        waiting.decrementAndGet();
        task.run();
      });
      return true;
    } catch (RejectedExecutionException e) {
      waiting.decrementAndGet();
      return false;
    }
  }

  // Control messages.

  /** Takes a control message of a client. Any thread; never blocks. */
  void take(int handle, int kind, byte[] body) {
    later(() -> ControlMessage.read(kind, body).ifPresent(message -> act(handle, message)));
  }

  private void act(int handle, ControlMessage message) {
    var client = follower.table().byHandle(handle);
    if (client == null) {
      return;
    }
    speakers.put(client.id(), new Speaker(handle, false));
    switch (message) {
      case ControlMessage.AssignedIps assigned -> assign(client, assigned);
      case ControlMessage.Goodbye _ -> {
        log.atDebug().addKeyValue("client", client.id()).log("client said goodbye");
        client.nat().forget();
        speakers.remove(client.id());
      }
      case ControlMessage.DomainStatus _ -> {
        // For clients only.
      }
    }
  }

  private void assign(ClientPolicy client, ControlMessage.AssignedIps assigned) {
    boolean possible =
        grant(client, assigned).isPresent()
            && assigned.proxies().stream()
                .allMatch(
                    proxy -> proxyNetworks.stream().anyMatch(network -> network.contains(proxy)));
    if (!possible) {
      reply(client.handle(), assigned, false);
      return;
    }
    resolve(assigned.domain())
        .onComplete(resolved ->
            later(() -> {
              // A name that nobody can resolve now is active, and its packets are unreachable.
              var addresses =
                  resolved.succeeded() ? rules.usable(resolved.result()) : List.<IpAddress>of();
              var current = follower.table().byHandle(client.handle());
              var grant = current == null ? Optional.<Grant>empty() : grant(current, assigned);
              boolean active =
                  current != null
                      && grant.isPresent()
                      && current
                          .nat()
                          .setUp(
                              assigned.domain(),
                              members(List.of(grant.get())),
                              addresses,
                              assigned.proxies());
              reply(client.handle(), assigned, active);
            }));
  }

  private Optional<Grant> grant(ClientPolicy client, ControlMessage.AssignedIps assigned) {
    return NameRules.covering(client, assigned.domain(), follower.wallNanos()).stream()
        .filter(grant -> grant.resource().id().equals(assigned.resource()))
        .findFirst();
  }

  private static List<Translation.Member> members(List<Grant> grants) {
    return grants.stream()
        .map(grant -> new Translation.Member(grant.resource().id(), NameRules.pattern(grant)))
        .toList();
  }

  private void reply(int handle, ControlMessage.AssignedIps assigned, boolean active) {
    sender.send(
        handle,
        new ControlMessage.DomainStatus(assigned.resource(), assigned.domain(), active).packet());
  }

  /** Says goodbye to clients that have lost their last authorization. Any thread. */
  void tick() {
    later(() ->
        speakers.replaceAll((id, speaker) -> {
          var client = follower.table().byHandle(speaker.handle());
          boolean authorized =
              client != null
                  && client.grants().stream()
                      .anyMatch(grant -> grant.isActiveAt(follower.wallNanos()));
          if (client != null && !authorized && !speaker.told()) {
            sender.send(speaker.handle(), new ControlMessage.Goodbye().packet());
            client.nat().forget();
            return new Speaker(speaker.handle(), true);
          }
          return new Speaker(speaker.handle(), speaker.told() && !authorized);
        }));
    later(() -> speakers.keySet().removeIf(id -> follower.table().byId(id).isEmpty()));
  }

  /** Says goodbye to everyone. On the thread of this service. */
  void stop() {
    var goodbye = new ControlMessage.Goodbye().packet();
    speakers.values().forEach(speaker -> sender.send(speaker.handle(), goodbye));
    speakers.clear();
  }

  // Queries.

  /**
   * Answers a query of a client. Any thread; never blocks.
   *
   * @param from the address inside the tunnel it came from
   * @return the answer; fails if there is none to give
   */
  Future<byte[]> answer(IpAddress from, byte[] query, boolean tcp) {
    var message = DnsMessage.query(query);
    var client = follower.table().byAddress(from.high(), from.low());
    if (client == null) {
      return Future.failedFuture("nobody known");
    }
    if (message.isEmpty()) {
      return Future.failedFuture("not a query");
    }
    var question = message.get();
    if (question.name().equals("use-application-dns.net")) {
      return own(question.answer(DnsMessage.NO_SUCH_NAME)); // Browsers shall use this server.
    }
    var pointed =
        question
            .reversed()
            .map(address -> client.nat().translations().find(address.high(), address.low()));
    if (pointed.isPresent()) {
      return own(question.pointer(pointed.get().domain()));
    }
    var grants = NameRules.covering(client, question.name(), follower.wallNanos());
    if (grants.isEmpty()) {
      return follower.isNameOfAResource(question.name())
          ? own(question.answer(DnsMessage.REFUSED))
          : forward(question, query, tcp);
    }
    return switch (question.type()) {
      case DnsMessage.A, DnsMessage.AAAA -> addresses(client, question, grants);
      case DnsMessage.HTTPS -> own(question.answer(DnsMessage.NO_ERROR));
      default -> forward(question, query, tcp);
    };
  }

  private Future<byte[]> own(byte[] answer) {
    answered.incrementAndGet();
    return Future.succeededFuture(answer);
  }

  private Future<byte[]> forward(DnsMessage question, byte[] query, boolean tcp) {
    return upstream
        .forward(query, tcp)
        .recover(problem -> {
          failed.incrementAndGet();
          log.atDebug().addKeyValue("reason", problem.getMessage()).log("query not answered");
          return Future.succeededFuture(question.answer(DnsMessage.SERVER_FAILURE));
        });
  }

  private Future<byte[]> addresses(ClientPolicy client, DnsMessage question, List<Grant> grants) {
    var promise = io.vertx.core.Promise.<byte[]>promise();
    resolve(question.name())
        .onComplete(resolved -> {
          boolean accepted =
              later(() ->
                  promise.complete(
                      resolved.succeeded()
                          ? answer(client, question, grants, resolved.result())
                          : failure(question, resolved.cause())));
          if (!accepted) {
            promise.tryComplete(question.answer(DnsMessage.SERVER_FAILURE));
          }
        });
    return promise.future();
  }

  private byte[] failure(DnsMessage question, Throwable cause) {
    failed.incrementAndGet();
    log.atDebug().addKeyValue("reason", cause.getMessage()).log("name not resolved");
    return question.answer(DnsMessage.SERVER_FAILURE);
  }

  private byte[] answer(
      ClientPolicy client, DnsMessage question, List<Grant> grants, List<IpAddress> resolved) {
    answered.incrementAndGet();
    if (resolved.isEmpty()) {
      return question.answer(DnsMessage.NO_SUCH_NAME);
    }
    var current = follower.table().byHandle(client.handle());
    var real = rules.usable(resolved);
    if (current == null || real.isEmpty()) {
      return question.answer(DnsMessage.NO_ERROR);
    }
    var given = proxies.of(question.name(), current.nat().translations());
    if (given.isEmpty() || !current.nat().setUp(question.name(), members(grants), real, given)) {
      return question.answer(DnsMessage.SERVER_FAILURE);
    }
    boolean v4 = question.type() == DnsMessage.A;
    boolean reachable = real.stream().anyMatch(address -> address.isV4() == v4);
    return question.addresses(
        given.stream().filter(address -> reachable && address.isV4() == v4).toList());
  }

  private Future<List<IpAddress>> resolve(String domain) {
    long now = time.nanoTime();
    synchronized (cache) {
      var known = cache.get(domain);
      if (known != null && now - known.sinceNanos() < FRESH && !known.addresses().failed()) {
        return known.addresses();
      }
      var asked = upstream.resolve(domain);
      cache.remove(domain);
      cache.put(domain, new Found(asked, now));
      if (cache.size() > MOST_CACHED) {
        var eldest = cache.keySet().iterator();
        eldest.next();
        eldest.remove();
      }
      return asked;
    }
  }
}
