package dev.gatehouse.store.io;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.EndReason;
import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Tables;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** Tells the event bus what has become durable. It only speaks; it listens to nothing. */
final class Announcer {

  private final Events events;

  Announcer(Events events) {
    this.events = events;
  }

  /** What there is to tell about changes that are about to be applied to the tables. */
  List<GatewayEvent> eventsOf(List<Edit> edits, Tables before, Instant at) {
    var told = new ArrayList<GatewayEvent>();
    var ended = new HashSet<AuthorizationKey>();
    for (var edit : edits) {
      switch (edit.change()) {
        case StoreChange.AuthorizationPut put -> {
          var authorization = put.authorization();
          boolean isNew =
              before.authorization(authorization.key()) == null
                  || ended.contains(authorization.key());
          told.add(
              isNew
                  ? new GatewayEvent.AuthorizationGranted(at, authorization, put.version())
                  : new GatewayEvent.AuthorizationExtended(at, authorization, put.version()));
        }
        case StoreChange.AuthorizationRemoved removed -> {
          ended.add(removed.key());
          told.add(
              removed.reason() == EndReason.EXPIRED
                  ? new GatewayEvent.AuthorizationExpired(at, removed.key(), removed.version())
                  : new GatewayEvent.AuthorizationRevoked(at, removed.key(), removed.version()));
        }
        default -> {
          // clients and resources have no events of their own
        }
      }
    }
    return told;
  }

  void publish(List<GatewayEvent> told) {
    told.forEach(events::publish);
  }
}
