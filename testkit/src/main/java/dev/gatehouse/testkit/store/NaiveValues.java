package dev.gatehouse.testkit.store;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.store.Page;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.api.store.Versioned;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.function.Function;

/** Pages, cursors and copies for {@link NaiveStore}. */
final class NaiveValues {

  private NaiveValues() {}

  static <K, V> Page<Versioned<V>> page(
      NavigableMap<K, Versioned<V>> all, Optional<K> after, int limit, Function<K, String> cursor) {
    checkLimit(limit);
    var rest = after.map(key -> all.tailMap(key, false)).orElse(all);
    var items = rest.values().stream().limit(limit).toList();
    var next =
        rest.size() > limit
            ? rest.keySet().stream().skip(limit - 1L).findFirst().map(cursor)
            : Optional.<String>empty();
    return new Page<>(items, next);
  }

  /** With a pre-shared key that the caller may close. */
  static Versioned<Client> own(Versioned<Client> held) {
    var client = held.value();
    return new Versioned<>(
        new Client(
            client.id(),
            client.name(),
            client.publicKey(),
            client.presharedKey().map(SecretKey::copy),
            client.addresses()),
        held.version());
  }

  static StoreChange own(StoreChange change) {
    return change instanceof StoreChange.ClientPut(var client, var at)
        ? new StoreChange.ClientPut(own(new Versioned<>(client, at)).value(), at)
        : change;
  }

  static ClientId asClientId(String cursor) {
    return new ClientId(cursor);
  }

  static ResourceId asResourceId(String cursor) {
    return new ResourceId(cursor);
  }

  static void checkLimit(int limit) {
    if (limit < 1 || limit > 10_000) {
      throw invalid("limit");
    }
  }

  static GatehouseException invalid(String what) {
    return new GatehouseException(
        StandardErrorCode.REQUEST_INVALID, "The " + what + " is not usable.", "Give another.");
  }
}
