package dev.gatehouse.tun.windows.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.TunDevice;
import dev.gatehouse.testkit.tun.TunDeviceContract;
import dev.gatehouse.testkit.tun.TunSettings;
import dev.gatehouse.tun.windows.WindowsTunConfig;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;

/** The plugin on the stand-in, as the kit wants it. */
abstract class StandInContract extends TunDeviceContract {

  final StandIn standIn = StandIn.load();
  final Map<String, TunSettings> known = new ConcurrentHashMap<>();

  static WindowsTunConfig config(TunSettings settings) {
    return new WindowsTunConfig(
        settings.name(),
        settings.addresses(),
        settings.mtu(),
        5,
        List.of(),
        1 << 20,
        Optional.empty(),
        Optional.empty(),
        false);
  }

  @Override
  protected TunDevice create(TunSettings settings, PluginContext context) {
    known.put(settings.name(), settings);
    return new WindowsTun(config(settings), context, standIn.libraries());
  }

  @AfterEach
  final void nothingWasMisused() {
    assertThat(standIn.misuses()).as("what a real driver would not forgive").isEmpty();
  }
}
