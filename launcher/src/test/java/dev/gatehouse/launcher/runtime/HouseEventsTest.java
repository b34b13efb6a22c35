package dev.gatehouse.launcher.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.event.GatewayEvent.PluginStarted;
import dev.gatehouse.testkit.RecordingEvents;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HouseEventsTest {

  private static final PluginStarted EVENT = new PluginStarted(Instant.EPOCH, "tun");

  private final RecordingEvents bus = new RecordingEvents();
  private final HouseEvents events = new HouseEvents(bus);
  private final List<PluginStarted> heard = new ArrayList<>();

  @Test
  void subscribersHearUntilTheyEnd() {
    var subscription = events.subscribe(PluginStarted.class, heard::add);
    events.publish(EVENT);
    subscription.close();
    events.publish(EVENT);

    assertThat(heard).hasSize(1);
  }

  @Test
  void forgottenSubscriptionsEndWithTheHouse() {
    events.subscribe(PluginStarted.class, heard::add);
    events.close();
    bus.publish(EVENT);

    assertThat(heard).isEmpty();
  }

  @Test
  void nothingIsHeardOrSaidAfterwards() {
    events.close();
    events.subscribe(PluginStarted.class, heard::add).close();
    events.publish(EVENT);

    assertThat(heard).isEmpty();
    assertThat(bus.published()).isEmpty();
  }
}
