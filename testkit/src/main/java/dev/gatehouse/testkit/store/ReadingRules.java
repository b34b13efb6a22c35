package dev.gatehouse.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PortRange;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.Versioned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Rules 21 to 25: what a reader gets.
 *
 * @since 0.1.0
 */
public interface ReadingRules extends StoreRules {

  private static <T> List<T> allPages(
      int limit, BiFunction<Optional<String>, Integer, Page<Versioned<T>>> listing) {
    var all = new ArrayList<T>();
    Optional<String> cursor = Optional.empty();
    do {
      var page = listing.apply(cursor, limit);
      assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
      page.items().forEach(item -> all.add(item.value()));
      cursor = page.next();
    } while (cursor.isPresent() && all.size() < 100_000);
    return all;
  }

  /** Rule 21. */
  @Test
  default void rule21PagesListEverythingOnceInTheOrderOfKeys() {
    createBasics(12);
    for (int i = 0; i < 30; i++) {
      grant(i % 12, (i / 12) * 5, Optional.empty());
    }
    for (int limit : new int[] {1, 2, 7, 29, 30, 31, 10_000}) {
      var keys =
          allPages(limit, (cursor, n) -> store().authorizations(cursor, n, soon())).stream()
              .map(Authorization::key)
              .toList();
      assertThat(keys).hasSize(30).isSorted().doesNotHaveDuplicates();
      assertThat(allPages(limit, (cursor, n) -> store().clients(cursor, n, soon())))
          .extracting(Client::id)
          .hasSize(12)
          .isSorted()
          .doesNotHaveDuplicates();
      assertThat(allPages(limit, (cursor, n) -> store().resources(cursor, n, soon())))
          .extracting(Resource::id)
          .hasSize(12)
          .isSorted()
          .doesNotHaveDuplicates();
    }
    for (int limit : new int[] {0, -1, 10_001, Integer.MAX_VALUE}) {
      refused(() -> store().clients(Optional.empty(), limit, soon()));
      refused(() -> store().resources(Optional.empty(), limit, soon()));
      refused(() -> store().authorizations(Optional.empty(), limit, soon()));
      refused(() -> store().expiringBefore(now(), limit, soon()));
      refused(() -> store().sweep(limit, soon()));
      refused(() -> store().changes(0, limit, soon()));
    }
    refused(() -> store().changes(-1, 10, soon()));
    for (var cursor : List.of("", "/", "' OR 1=1 --", "\0", "a/b/c", "\uD800", "x".repeat(5000))) {
      refused(() -> store().clients(Optional.of(cursor), 10, soon()));
      refused(() -> store().resources(Optional.of(cursor), 10, soon()));
      refused(() -> store().authorizations(Optional.of(cursor), 10, soon()));
    }
  }

  private static void refused(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GatehouseException.class,
            e -> assertThat(e.code()).isEqualTo(StandardErrorCode.REQUEST_INVALID));
  }

  /** Rule 22. */
  @Test
  default void rule22ValuesComeBackExactly() {
    var odd = "Ünïcode '); DROP TABLE clients; -- \uD83D\uDE00 \u202E \uFFFF";
    var client =
        new Client(
            Samples.clientId(1),
            odd,
            Samples.publicKey(1),
            Optional.of(Samples.presharedKey(1)),
            new TunnelAddresses(Optional.empty(), Optional.of(IpAddress.parse("fd00::1"))));
    stored(store().createClient(client, soon()));
    stored(store().createClient(Samples.client(2), soon()));
    var resources =
        List.of(
            resource(1, odd, new Destination.Internet(), List.of()),
            resource(2, "n".repeat(255), new Destination.DnsName("internet"), List.of()),
            resource(3, "a", new Destination.DnsName("10.0.0.1"), List.of(new Filter.Icmp())),
            resource(
                4,
                "network",
                new Destination.Network(Cidr.parse("fd00::/7")),
                List.of(
                    new Filter.Tcp(PortRange.ALL),
                    new Filter.Udp(new PortRange(0, 0)),
                    new Filter.Tcp(new PortRange(65535, 65535)))),
            resource(
                5,
                "many",
                new Destination.Network(Cidr.parse("0.0.0.0/0")),
                Collections.nCopies(5000, new Filter.Udp(new PortRange(1, 65534)))));
    resources.forEach(resource -> stored(store().createResource(resource, soon())));
    var authorizations =
        List.of(
            new Authorization(Samples.key(1, 1), Instant.MIN, Optional.of(Instant.MAX), odd),
            new Authorization(
                Samples.key(1, 2),
                Instant.ofEpochSecond(-1, 1),
                Optional.of(now().plusNanos(999_999_999_999L)),
                "o"),
            new Authorization(Samples.key(1, 3), Instant.MAX, Optional.empty(), "p"));
    authorizations.forEach(authorization -> stored(store().grant(authorization, soon())));
    for (int round = 0; round < (survivesReopen() ? 2 : 1); round++) {
      var snapshot = store().snapshot(soon());
      assertThat(snapshot.clients()).containsExactlyInAnyOrder(client, Samples.client(2));
      assertThat(snapshot.resources()).containsExactlyInAnyOrderElementsOf(resources);
      assertThat(snapshot.authorizations()).containsExactlyInAnyOrderElementsOf(authorizations);
      if (survivesReopen()) {
        reopen();
      }
    }
  }

  private static Resource resource(
      int number, String name, Destination destination, List<Filter> filters) {
    return new Resource(Samples.resourceId(number), name, destination, filters);
  }

  /** Rule 23. */
  @Test
  default void rule23ASnapshotShowsOneMoment() throws Exception {
    createBasics(2);
    var enough = new AtomicBoolean();
    var rounds = new AtomicInteger();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      // At most one of the two authorizations exists at any moment.
      var writer =
          threads.submit(() -> {
            while (!enough.get()) {
              int number = rounds.incrementAndGet() % 2;
              grant(number, number, Optional.empty());
              store().revoke(Samples.key(number, number), soon());
            }
            return null;
          });
      try {
        for (int i = 0; (i < 300 || rounds.get() < 50) && !writer.isDone(); i++) {
          var snapshot = store().snapshot(soon());
          assertThat(snapshot.authorizations()).hasSizeLessThanOrEqualTo(1);
          assertThat(store().changes(snapshot.version(), 10_000, soon()))
              .allSatisfy(change -> assertThat(change.version()).isGreaterThan(snapshot.version()));
        }
      } finally {
        enough.set(true);
      }
      writer.get();
    }
  }

  /** Rule 24. */
  @Test
  default void rule24ABackupIsANewPrivateFile() throws IOException {
    createBasics(2);
    grant(0, 0, Optional.empty());
    var file = directory().resolve("copy");
    store().backup(file, soon());
    assertThat(Files.size(file)).isPositive();
    var view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    if (view != null) {
      assertThat(PosixFilePermissions.toString(view.readAttributes().permissions()))
          .isEqualTo("rw-------");
    }
    var before = Files.readAllBytes(file);
    assertThatThrownBy(() -> store().backup(file, soon())).isInstanceOf(GatehouseException.class);
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThatThrownBy(() -> store().backup(directory().resolve("no/such/place"), soon()))
        .isInstanceOf(GatehouseException.class);
    grant(1, 1, Optional.empty());
    assertThat(active()).hasSize(2);
  }

  /** Rule 25. */
  @Test
  default void rule25ASoundStoreSaysSo() {
    assertThat(store().verify(soon())).isEmpty();
    createBasics(3);
    grant(0, 0, Optional.empty());
    store().removeClient(Samples.clientId(1), soon());
    assertThat(store().verify(soon())).isEmpty();
    assertThat(store().health().isOk()).isTrue();
    assertThat(store().status()).isNotNull();
  }
}
