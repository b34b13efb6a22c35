package dev.gatehouse.launcher.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.testkit.ManualTime;
import dev.gatehouse.testkit.RecordingEvents;
import dev.gatehouse.testkit.store.NaiveStore;
import dev.gatehouse.testkit.store.Samples;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransferTest {

  private final ManualTime time = new ManualTime();
  private final NaiveStore store = new NaiveStore(time, new RecordingEvents());
  private final Transfer transfer = new Transfer(store, time);

  @BeforeEach
  void start() {
    store.start();
  }

  private Deadline soon() {
    return Deadline.after(Duration.ofMinutes(1), time);
  }

  private Optional<Instant> in(int seconds) {
    return Optional.of(time.now().plusSeconds(seconds));
  }

  private Authorization authorization(int client, int resource, Optional<Instant> expiry) {
    return Samples.authorization(client, resource, time.now(), expiry);
  }

  private static StoreSnapshot contents(int clients, Authorization... authorizations) {
    return new StoreSnapshot(
        9,
        IntStream.range(0, clients).mapToObj(Samples::client).toList(),
        IntStream.range(0, clients).mapToObj(Samples::resource).toList(),
        List.of(authorizations));
  }

  @Test
  void randomContentsBecomeOtherRandomContents() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("transfer: -Dgatehouse.seed=" + seed);
    var random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      var wanted = random(random);
      transfer.makeEqual(wanted);
      var counts = transfer.verify(wanted);
      assertThat(counts.clients()).as("seed %d", seed).isEqualTo(wanted.clients().size());
      time.advance(Duration.ofSeconds(random.nextInt(60)));
    }
  }

  /** Clients that swap keys and addresses among each other, too. */
  private StoreSnapshot random(Random random) {
    var keys = new java.util.ArrayList<>(IntStream.range(0, 8).boxed().toList());
    var addresses = new java.util.ArrayList<>(keys);
    java.util.Collections.shuffle(keys, random);
    java.util.Collections.shuffle(addresses, random);
    var clients =
        IntStream.range(0, 8)
            .filter(_ -> random.nextInt(4) > 0)
            .mapToObj(i -> Samples.client(i, keys.get(i), addresses.get(i)))
            .toList();
    var resources =
        IntStream.range(0, 8)
            .filter(_ -> random.nextInt(4) > 0)
            .mapToObj(Samples::resource)
            .toList();
    var authorizations = new java.util.ArrayList<Authorization>();
    for (var client : clients) {
      for (var resource : resources) {
        if (random.nextBoolean()) {
          authorizations.add(
              new Authorization(
                  new dev.gatehouse.api.model.AuthorizationKey(client.id(), resource.id()),
                  random.nextBoolean() ? time.now() : ManualTime.START,
                  random.nextBoolean() ? Optional.empty() : in(random.nextInt(-100, 1000)),
                  random.nextBoolean() ? "one" : "two"));
        }
      }
    }
    return new StoreSnapshot(1, clients, resources, authorizations);
  }

  @Test
  void whatEndsEndsBeforeAnythingElseIsDone() {
    transfer.makeEqual(contents(3, authorization(0, 0, Optional.empty())));
    long before = store.version(soon());
    transfer.makeEqual(contents(4, authorization(1, 1, Optional.empty())));
    assertThat(store.changes(before, 1, soon()))
        .singleElement()
        .isInstanceOf(dev.gatehouse.api.store.StoreChange.AuthorizationRemoved.class);
  }

  @Test
  void addingChangesNothingThatIsThere() {
    transfer.makeEqual(contents(2, authorization(0, 0, in(50))));
    var added =
        transfer.add(
            contents(
                3,
                authorization(0, 0, Optional.empty()),
                authorization(2, 2, in(70)),
                authorization(1, 1, in(-1))));
    assertThat(added).isEqualTo(new Transfer.Counts(1, 1, 1));
    var present = store.snapshot(soon());
    assertThat(present.clients()).hasSize(3);
    assertThat(Transfer.active(present, time.now()))
        .containsOnlyKeys(Samples.key(0, 0), Samples.key(2, 2))
        .containsEntry(Samples.key(0, 0), authorization(0, 0, in(50)));
  }

  @Test
  void whatDoesNotFitIsRefusedWhole() {
    transfer.makeEqual(contents(2));
    var other =
        new StoreSnapshot(
            1,
            List.of(Samples.client(0, 50, 50), Samples.client(9, 9, 1), Samples.client(8)),
            List.of(),
            List.of());
    var before = store.snapshot(soon());
    assertThatThrownBy(() -> transfer.add(other))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("There is another client 'client-0'")
        .hasMessageContaining("'client-9' has the key or an address of 'client-1'")
        .hasMessageContaining("Nothing was changed");
    assertThat(store.snapshot(soon())).isEqualTo(before);
  }

  @Test
  void whatIsMissingOrTooMuchIsNoticed() {
    transfer.makeEqual(contents(2, authorization(0, 0, in(50))));
    assertThatThrownBy(() -> transfer.verify(contents(3, authorization(1, 1, in(50)))))
        .hasMessageContaining("1 clients missing or different and 0 too many")
        .hasMessageContaining("1 authorizations missing or different and 1 too many");
  }

  @Test
  void aRestoreBringsNothingBackThatEndedSince() {
    var backup =
        contents(
            4,
            authorization(0, 0, Optional.empty()),
            authorization(1, 1, Optional.empty()),
            authorization(2, 2, in(500)));
    var rekeyed = Samples.client(2, 60, 2);
    var present =
        new StoreSnapshot(
            50,
            List.of(Samples.client(0), Samples.client(1), rekeyed),
            contents(4).resources(),
            List.of(
                authorization(1, 1, in(60)),
                authorization(2, 2, in(600)),
                authorization(0, 3, Optional.empty())));
    var restoring = Restoring.without(backup, present, time.now());
    assertThat(restoring.ended()).containsExactly(backup.authorizations().getFirst());
    assertThat(restoring.shortened()).containsExactly(authorization(1, 1, in(60)));
    assertThat(restoring.keys()).containsExactly(Samples.client(2));
    assertThat(restoring.dropped()).containsExactly(authorization(0, 3, Optional.empty()));
    assertThat(restoring.contents().authorizations())
        .containsExactly(authorization(1, 1, in(60)), authorization(2, 2, in(500)));
    assertThat(restoring.contents().clients()).hasSize(4).contains(rekeyed, Samples.client(3));
    assertThat(Restoring.everything(backup).contents()).isEqualTo(backup);
  }
}
