package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.NetLab;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The demo ends well, with either client. */
@Tag("kernel")
class DemoTest {

  @Test
  void theDemoHoldsWithAStockClient() throws Exception {
    NetLab.needs("wireguard-go", "wg");
    assertThat(demo()).contains("the stock wireguard-go").endsWith("Everything is cleaned up.");
  }

  @Test
  void theDemoHoldsWithGatehouseAsTheClient() throws Exception {
    assertThat(demo("--own-client"))
        .contains("Gatehouse itself in the client role")
        .endsWith("Everything is cleaned up.");
  }

  private static String demo(String... arguments) throws Exception {
    NetLab.needsTun();
    var reason = NetLab.unavailableBecause();
    Assumptions.assumeTrue(reason.isEmpty(), () -> "skipped: " + reason.orElse(""));
    var command = new ArrayList<>(List.of(Bundle.sources() + "/tools/demo"));
    command.addAll(List.of(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(out).isZero();
    return out;
  }
}
