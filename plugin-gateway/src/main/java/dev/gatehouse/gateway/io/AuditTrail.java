package dev.gatehouse.gateway.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.AuthorizationStore;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.StoreSnapshot;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down every change of the store: grants, extensions, revocations, expiries, clients and
 * resources. It follows the store's versions, and goes on behind the last one it has written, so
 * that nothing is missing after a restart, a crash or a full disk; what the store no longer knows
 * is told as missing. One thread, apart from the figures.
 */
final class AuditTrail implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AuditTrail.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int AT_ONCE = 1_000;
  private static final int TAIL_BYTES = 64 * 1024;

  private final AuthorizationStore store;
  private final TimeSource time;
  private final LogFile file;
  private final Map<AuthorizationKey, Authorization> authorizations = new TreeMap<>();
  private final Set<ClientId> clients = new TreeSet<>();
  private final Set<ResourceId> resources = new TreeSet<>();
  private final List<String> pending = new ArrayList<>();

  /** By the names of events, of which there are few. */
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  private boolean knowsBefore;
  private boolean opened;
  private long cursor = -1;
  private volatile long written = -1;
  private volatile @Nullable String problem;

  AuditTrail(AuthorizationStore store, TimeSource time, LogFile file) {
    this.store = store;
    this.time = time;
    this.file = file;
  }

  /** The version up to which everything is written; -1 if nothing is yet. Any thread. */
  long version() {
    return written;
  }

  /** How many changes of each kind were seen since the start. Any thread. */
  Map<String, Object> counts() {
    var counted = new TreeMap<String, Object>();
    counts.forEach((event, count) -> counted.put(event, count.sum()));
    return counted;
  }

  /** Why nothing can be written now; empty while all is well. Any thread. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Adds something that is not a change of the store; it is written with the next ones. */
  void note(JsonObject event) {
    pending.add(stamped(event).encode());
  }

  /** Writes down what has changed since the last call. Does not fail. */
  void follow() {
    try {
      if (!opened) {
        cursor = lastVersion();
        written = cursor;
        opened = true;
      }
      flush();
      catchUp();
    } catch (IOException e) {
      if (problem == null) {
        log.atWarn()
            .addKeyValue("file", file.file())
            .addKeyValue("reason", e.getMessage())
            .log("the audit log cannot be written; changes are written as soon as it can");
      }
      problem =
          "The audit log %s cannot be written (%s); changes since version %d wait."
              .formatted(file.file(), e.getMessage(), written);
    } catch (RuntimeException e) {
      // The store does not answer, which the policy's health tells; what is missed is read later.
      log.atDebug().setCause(e).log("the audit log could not be brought up to date");
    }
  }

  private void catchUp() throws IOException {
    long newest = store.version(deadline());
    if (cursor < 0) {
      var snapshot = store.snapshot(deadline());
      know(snapshot);
      pending.add(counted("baseline", snapshot).encode());
      cursor = snapshot.version();
    }
    if (newest < cursor) {
      missing("the store's version went back, as after restoring a backup");
    }
    while (cursor < newest) {
      var changes = store.changes(cursor, AT_ONCE, deadline());
      if (changes.isEmpty() || changes.getFirst() instanceof StoreChange.Gap) {
        missing("the store no longer knows them");
        break;
      }
      changes.forEach(change -> pending.add(event(change).encode()));
      cursor = changes.getLast().version();
      flush();
    }
    flush();
    if (!knowsBefore) {
      know(store.snapshot(deadline()));
    }
  }

  private void missing(String why) {
    var snapshot = store.snapshot(deadline());
    know(snapshot);
    pending.add(
        counted("changes-missing", snapshot).put("after", cursor).put("reason", why).encode());
    cursor = snapshot.version();
  }

  private void know(StoreSnapshot snapshot) {
    clients.clear();
    resources.clear();
    authorizations.clear();
    snapshot.clients().forEach(client -> clients.add(client.id()));
    snapshot.resources().forEach(resource -> resources.add(resource.id()));
    snapshot.authorizations().forEach(each -> authorizations.put(each.key(), each));
    knowsBefore = true;
  }

  private void flush() throws IOException {
    if (!pending.isEmpty()) {
      file.write(pending);
      file.force();
      pending.clear();
    }
    written = cursor;
    if (problem != null) {
      problem = null;
      log.atInfo().addKeyValue("file", file.file()).log("the audit log can be written again");
    }
  }

  private Deadline deadline() {
    return Deadline.after(PATIENCE, time);
  }

  private JsonObject stamped(JsonObject event) {
    var line = new JsonObject().put("time", time.now().toString());
    return line.mergeIn(event);
  }

  private JsonObject counted(String event, StoreSnapshot snapshot) {
    return stamped(
        new JsonObject()
            .put("event", event)
            .put("version", snapshot.version())
            .put("clients", snapshot.clients().size())
            .put("resources", snapshot.resources().size())
            .put("authorizations", snapshot.authorizations().size()));
  }

  private JsonObject event(StoreChange change) {
    var event =
        switch (change) {
          case StoreChange.ClientPut put -> client(put.client());
          case StoreChange.ClientRemoved removed -> {
            clients.remove(removed.client());
            authorizations.keySet().removeIf(key -> key.client().equals(removed.client()));
            yield named("client-removed").put("client", removed.client().value());
          }
          case StoreChange.ResourcePut put -> resource(put.resource());
          case StoreChange.ResourceRemoved removed -> {
            resources.remove(removed.resource());
            authorizations.keySet().removeIf(key -> key.resource().equals(removed.resource()));
            yield named("resource-removed").put("resource", removed.resource().value());
          }
          case StoreChange.AuthorizationPut put -> authorization(put.authorization());
          case StoreChange.AuthorizationRemoved removed -> {
            authorizations.remove(removed.key());
            var reason = removed.reason().name().toLowerCase(Locale.ROOT);
            yield keyed(named("authorization-" + reason), removed.key());
          }
          case StoreChange.Gap gap -> named("changes-missing").put("after", gap.version());
        };
    counts.computeIfAbsent(event.getString("event"), _ -> new LongAdder()).increment();
    return stamped(event.put("version", change.version()));
  }

  private static JsonObject named(String event) {
    return new JsonObject().put("event", event);
  }

  private static JsonObject keyed(JsonObject event, AuthorizationKey key) {
    return event.put("client", key.client().value()).put("resource", key.resource().value());
  }

  /** How to call something that is stored now; {@code set} if it is not known what was before. */
  private String verb(boolean isNew, String fresh, String changed) {
    return knowsBefore ? (isNew ? fresh : changed) : "set";
  }

  private JsonObject client(Client client) {
    return named("client-" + verb(clients.add(client.id()), "added", "changed"))
        .put("client", client.id().value())
        .put("name", client.name())
        .put("public-key", client.publicKey().toString())
        .put(
            "addresses",
            new JsonArray(client.addresses().all().stream().map(Object::toString).toList()));
  }

  private JsonObject resource(Resource resource) {
    return named("resource-" + verb(resources.add(resource.id()), "added", "changed"))
        .put("resource", resource.id().value())
        .put("destination", resource.destination().toString())
        .put("filters", new JsonArray(resource.filters().stream().map(Filter::toString).toList()));
  }

  private JsonObject authorization(Authorization authorization) {
    var before = authorizations.put(authorization.key(), authorization);
    boolean isNew = before == null || !before.grantedAt().equals(authorization.grantedAt());
    var event =
        keyed(named("authorization-" + verb(isNew, "granted", "extended")), authorization.key());
    event.put("granted-at", authorization.grantedAt().toString());
    authorization.expiresAt().ifPresent(end -> event.put("expires-at", end.toString()));
    return event.put("origin", authorization.origin());
  }

  private long lastVersion() throws IOException {
    var older = file.file().resolveSibling(file.file().getFileName() + ".1");
    for (var each : List.of(file.file(), older)) {
      var found = lastVersion(each);
      if (found.isPresent()) {
        return found.get();
      }
    }
    return -1;
  }

  private static Optional<Long> lastVersion(Path log) throws IOException {
    if (!Files.exists(log)) {
      return Optional.empty();
    }
    byte[] tail;
    try (var channel = Files.newByteChannel(log)) {
      channel.position(Math.max(0, channel.size() - TAIL_BYTES));
      var buffer = java.nio.ByteBuffer.allocate(TAIL_BYTES);
      while (buffer.hasRemaining() && channel.read(buffer) > 0) {
        // More.
      }
      tail = java.util.Arrays.copyOf(buffer.array(), buffer.position());
    }
    var text = new String(tail, StandardCharsets.UTF_8);
    var whole = text.substring(0, text.lastIndexOf('\n') + 1);
    return whole.lines().toList().reversed().stream()
        .flatMap(line -> version(line).stream())
        .findFirst();
  }

  private static Optional<Long> version(String line) {
    try {
      return Optional.ofNullable(new JsonObject(line).getLong("version"));
    } catch (DecodeException | ClassCastException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
