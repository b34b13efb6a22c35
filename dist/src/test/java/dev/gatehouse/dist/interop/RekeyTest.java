package dev.gatehouse.dist.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Gatehouse as the side that begins, with sessions that live for a second, and wireguard-go as the
 * side that answers. A plugin of the test's own gives the client's peer these times.
 */
@Tag("kernel")
@ExtendWith(ScenarioList.class)
class RekeyTest {

  private static final String MODULE =
      """
      module com.example.hurry {
        requires dev.gatehouse.api;

        provides dev.gatehouse.api.spi.StageProvider with
            com.example.hurry.Hurry;
      }
      """;

  private static final String SOURCE =
      """
      package com.example.hurry;

      import dev.gatehouse.api.config.ConfigReader;
      import dev.gatehouse.api.packet.Lane;
      import dev.gatehouse.api.spi.*;
      import java.time.Duration;
      import java.util.Optional;
      import java.util.Set;

      public final class Hurry implements StageProvider<Hurry.Config> {
        public record Config() {}

        public PluginId id() {
          return new PluginId("hurry");
        }

        public String summary() {
          return "Replaces sessions every second.";
        }

        public Config configure(ConfigReader section) {
          return new Config();
        }

        public Set<Lane> consumes() {
          return Set.of();
        }

        public Plugin create(Config config, PluginContext context) {
          return new Plugin() {
            public void start() {
              for (var peer : context.tunnel().peers().await()) {
                var quick =
                    new PeerTiming(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(180),
                        Duration.ofSeconds(180),
                        Duration.ofSeconds(10),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(90),
                        Duration.ZERO,
                        false);
                context
                    .tunnel()
                    .putPeer(
                        new PeerSettings(
                            peer.handle(),
                            peer.client(),
                            peer.publicKey(),
                            Optional.empty(),
                            peer.remote(),
                            Optional.empty(),
                            quick))
                    .await();
              }
            }

            public void stop() {}

            public void close() {}
          };
        }
      }
      """;

  @TempDir Path directory;

  @Test
  void everySecondANewSessionUnderLoadInBothDirections() throws IOException {
    NetLab.needs("iperf3");
    try (var sites = Sites.open(directory);
        var answers =
            new WireGuardGo(
                    sites.gateway,
                    sites.lab.prefix() + "a",
                    directory,
                    1420,
                    "100.64.0.1/16",
                    "fd00:6a7e::1/64")
                .up()) {
      answers.set("listen-port", "51820");
      sites.gateway.start("iperf3", "--server", "--forceflush").awaitLine("listening", Sites.SOON);
      var device = sites.lab.prefix() + "i";
      var file = configuration(device, answers.publicKey);
      var client =
          sites.client.start(
              Bundle.program().toString(),
              "run",
              "-c",
              file.toString(),
              "--plugins",
              Bundle.home().resolve("plugins").toString(),
              "--plugins",
              plugin().toString());
      client.awaitLine("gatehouse ready", java.time.Duration.ofSeconds(60));
      var key = sites.client.run("wg", "show", device, "public-key").out().strip();
      answers.set("peer", key, "allowed-ips", "100.64.0.50/32");
      sites.client.run("ip", "address", "replace", "100.64.0.50/16", "dev", device);
      Await.until(
          "an echo through the tunnel",
          Sites.SOON,
          () -> sites.client.attempt("ping", "-c1", "-W1", Sites.INNER).succeeded(),
          () -> client.output() + sites.gateway.attempt("wg", "show", answers.device).all());

      Transfer.start(sites.client, Sites.INNER, 3).succeeds(2);
      Transfer.start(sites.client, Sites.INNER, 3, "-R").succeeds(2);

      var status =
          sites
              .client
              .run(
                  "curl",
                  "--silent",
                  "--unix-socket",
                  directory.resolve("state/admin.sock").toString(),
                  "http://gatehouse/v1/status")
              .out();
      long handshakes = Long.parseLong(status.replaceAll("(?s).*\"handshakes\":(\\d+).*", "$1"));
      System.out.println(handshakes + " sessions in 6 s of load");
      // About one a second; a busy machine may be late with some.
      assertThat(handshakes).isGreaterThanOrEqualTo(3);
      var here = PeerLine.of(sites.client, device, answers.publicKey);
      var there = answers.peer(key);
      assertThat(Math.abs(here.handshake() - there.handshake())).isLessThanOrEqualTo(2);
      assertThat(sites.client.run("wg", "show", device).out())
          .contains("endpoint: 198.51.100.1:51820", "latest handshake");
      assertThat(client.lines().stream().filter(line -> line.matches(".*\"(WARNING|ERROR)\".*")))
          .isEmpty();
    }
  }

  private Path configuration(String device, String key) throws IOException {
    return Files.writeString(
        directory.resolve("gatehouse.toml"),
        """
        state-directory = "state"
        [plugins]
        stages = ["client", "hurry", "admin"]
        auth-store = "memory"
        [tun]
        name = "%s"
        addresses = ["100.64.0.50/16"]
        [transport]
        listen = ["0.0.0.0:0"]
        [client]
        gateway-public-key = "%s"
        gateway-endpoint = "198.51.100.1:51820"
        allowed-ips = ["100.64.0.0/16"]
        [log]
        format = "json"
        """
            .formatted(device, key));
  }

  /** Compiles the plugin into a directory of plugins. */
  private Path plugin() throws IOException {
    var sources = Files.createDirectories(directory.resolve("sources"));
    var classes = directory.resolve("classes").toString();
    run(
        "javac",
        "--module-path",
        Bundle.home().resolve("lib").toString(),
        "-d",
        classes,
        Files.writeString(sources.resolve("module-info.java"), MODULE).toString(),
        Files.writeString(sources.resolve("Hurry.java"), SOURCE).toString());
    var plugins = directory.resolve("plugins");
    var jar = Files.createDirectories(plugins.resolve("hurry")).resolve("hurry.jar");
    run("jar", "--create", "--file", jar.toString(), "-C", classes, ".");
    return plugins;
  }

  private static void run(String tool, String... arguments) {
    var said = new StringWriter();
    var out = new PrintWriter(said);
    int code = ToolProvider.findFirst(tool).orElseThrow().run(out, out, arguments);
    assertThat(code).as("%s said:%n%s", tool, said).isZero();
  }
}
