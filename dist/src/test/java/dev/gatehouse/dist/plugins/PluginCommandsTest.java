package dev.gatehouse.dist.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse plugins} on the bundle; a walk along docs/first-plugin.md covers the rest. */
class PluginCommandsTest {

  private static final List<String> BUILT_IN =
      List.of(
          "admin",
          "client",
          "memory",
          "network",
          "policy",
          "postgres",
          "relay",
          "sqlite",
          "tun-linux",
          "tun-windows",
          "udp",
          "wireguard");

  @TempDir Path directory;

  private record Said(int code, String text) {}

  private static Said plugins(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(Bundle.program().toString(), "plugins"));
    command.addAll(Arrays.asList(arguments));
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    return new Said(process.exitValue(), text);
  }

  @Test
  void everyPluginOfTheBundleIsSoundAndDescribed() throws Exception {
    var verified = plugins("verify", "--json");

    assertThat(verified.code()).as(verified.text()).isZero();
    assertThat(verified.text())
        .contains(BUILT_IN.stream().map(id -> "\"id\":\"" + id + "\"").toList())
        .doesNotContain("\"sound\":false")
        .doesNotContain("no descriptor");
  }

  @Test
  void listingIsWhatTheCommandDoesByItself() throws Exception {
    assertThat(plugins("list").text()).isEqualTo(plugins().text()).contains(BUILT_IN);
  }

  @Test
  void infoShowsModulesAndSettings() throws Exception {
    assertThat(plugins("info", "sqlite").text())
        .contains("dev.gatehouse.store@")
        .contains("META-INF/gatehouse/plugins/sqlite.properties")
        .contains("[auth-store]");
  }

  @Test
  void partsOfGatehouseStay() throws Exception {
    var removed = plugins("remove", "sqlite");

    assertThat(removed.code()).isEqualTo(7);
    assertThat(removed.text())
        .isEqualToIgnoringNewLines(
            "gatehouse: Plugin 'sqlite' is a part of Gatehouse itself and stays. To keep it from"
                + " being loaded, use 'gatehouse plugins disable sqlite'.");
  }

  @Test
  void whatTheConfigurationNamesStays() throws Exception {
    var config =
        Files.writeString(directory.resolve("gatehouse.toml"), "[plugins]\ntun = \"tun-linux\"\n");

    var removed = plugins("remove", "tun-linux", "--config", config.toString());

    assertThat(removed.code()).isEqualTo(7);
    assertThat(removed.text()).contains("names plugin 'tun-linux' in plugins.tun.");
  }

  @Test
  void anUnknownIdIsToldWithTheNearest() throws Exception {
    var told = plugins("info", "sqlit");

    assertThat(told.code()).isEqualTo(7);
    assertThat(told.text()).contains("Did you mean 'sqlite'?");
  }
}
