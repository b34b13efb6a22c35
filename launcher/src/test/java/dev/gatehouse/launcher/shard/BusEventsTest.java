package dev.gatehouse.launcher.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.DisconnectReason;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.event.GatewayEvent.AuthorizationEvent;
import dev.gatehouse.api.event.GatewayEvent.PeerDisconnected;
import dev.gatehouse.api.event.GatewayEvent.PeerEvent;
import dev.gatehouse.api.event.GatewayEvent.PluginFailed;
import dev.gatehouse.api.event.GatewayEvent.PluginStarted;
import dev.gatehouse.api.event.GatewayEvent.Reconciled;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.PublicKey;
import io.vertx.core.Context;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class BusEventsTest {

  private static final Instant NOW = Instant.EPOCH;

  private static PeerDisconnected disconnected() {
    return new PeerDisconnected(
        NOW, new ClientId("alice"), PublicKey.of(new byte[32]), DisconnectReason.SILENT);
  }

  private static <E> List<E> list() {
    return Collections.synchronizedList(new ArrayList<>());
  }

  @Test
  void recordReachesItsSubscribersByReferenceOnAnEventLoop() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var events = new BusEvents(house.scope);
      var seen = BusEventsTest.<PluginStarted>list();
      var onLoop = new AtomicBoolean();
      events.subscribe(
          PluginStarted.class,
          event -> {
            onLoop.set(Context.isOnEventLoopThread());
            seen.add(event);
          });
      var event = new PluginStarted(NOW, "udp");
      events.publish(event);
      events.publish(new PluginFailed(NOW, "udp", "no"));
      ShardHouse.await("the event", () -> seen.size() == 1);
      assertThat(seen.getFirst()).isSameAs(event);
      assertThat(onLoop).isTrue();
    }
  }

  @Test
  void groupReceivesAllItsRecordsInOrderAndNoOthers() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var events = new BusEvents(house.scope);
      var all = BusEventsTest.<GatewayEvent>list();
      var peers = BusEventsTest.<GatewayEvent>list();
      var grants = BusEventsTest.<GatewayEvent>list();
      events.subscribe(GatewayEvent.class, all::add);
      events.subscribe(PeerEvent.class, peers::add);
      events.subscribe(AuthorizationEvent.class, grants::add);
      var sent = new ArrayList<GatewayEvent>();
      for (int i = 0; i < 100; i++) {
        sent.add(new PluginStarted(NOW, "p" + i));
        sent.add(disconnected());
        sent.add(new Reconciled(NOW, i, 0, i));
      }
      sent.forEach(events::publish);
      ShardHouse.await("all", () -> all.size() == 300 && peers.size() == 100);
      ShardHouse.await("grants", () -> grants.size() == 100);
      assertThat(all).containsExactlyElementsOf(sent);
      assertThat(peers).hasOnlyElementsOfType(PeerDisconnected.class);
    }
  }

  @Test
  void closedSubscriptionReceivesNothingAndFailingHandlersHarmNobody() {
    try (var house = new ShardHouse(ShardHouse.PLAIN)) {
      var events = new BusEvents(house.scope);
      var seen = BusEventsTest.<GatewayEvent>list();
      var closed = BusEventsTest.<GatewayEvent>list();
      events.subscribe(
          PluginStarted.class,
          event -> {
            throw new IllegalStateException("on purpose");
          });
      var subscription = events.subscribe(PluginStarted.class, closed::add);
      events.subscribe(PluginStarted.class, seen::add);
      subscription.close();
      subscription.close();
      events.publish(new PluginStarted(NOW, "a"));
      events.publish(new PluginStarted(NOW, "b"));
      ShardHouse.await("both", () -> seen.size() == 2);
      assertThat(closed).isEmpty();
    }
  }

  @Test
  void gatewaysThatShareTheBusDoNotHearEachOther() {
    try (var house = new ShardHouse(ShardHouse.PLAIN);
        var second = BusScope.open(house.vertx)) {
      assertThat(house.scope.address(PluginStarted.class))
          .isEqualTo("gatehouse.events.PluginStarted");
      assertThat(second.address(PluginStarted.class)).isEqualTo("gatehouse.2.events.PluginStarted");
      var here = BusEventsTest.<GatewayEvent>list();
      var there = BusEventsTest.<GatewayEvent>list();
      var ours = new BusEvents(house.scope);
      var theirs = new BusEvents(second);
      ours.subscribe(PluginStarted.class, here::add);
      theirs.subscribe(PluginStarted.class, there::add);
      ours.publish(new PluginStarted(NOW, "ours"));
      theirs.publish(new PluginStarted(NOW, "theirs"));
      ShardHouse.await("both", () -> here.size() == 1 && there.size() == 1);
      assertThat(here).containsExactly(new PluginStarted(NOW, "ours"));
      assertThat(there).containsExactly(new PluginStarted(NOW, "theirs"));
    }
  }

  @Test
  void publishingAfterTheBusIsGoneDoesNotFail() {
    var house = new ShardHouse(ShardHouse.PLAIN);
    var events = new BusEvents(house.scope);
    house.close();
    events.publish(new PluginStarted(NOW, "late"));
    assertThat(house.pool.inFlight()).isZero();
  }
}
