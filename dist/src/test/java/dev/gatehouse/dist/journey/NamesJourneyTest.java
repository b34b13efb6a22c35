package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stock WireGuard client reaches a resource by its name: the gateway is its name server. */
@Tag("kernel")
class NamesJourneyTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String NAME = "git.acme.internal";

  @Test
  void aStockClientReachesAResourceByItsName(@TempDir Path directory) throws IOException {
    try (var site = Site.open(directory)) {
      var record = Files.writeString(directory.resolve("record"), "10.20.0.10");
      site.resource
          .start(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "-XX:+UseSerialGC",
              "-cp",
              System.getProperty("java.class.path"),
              TinyDns.class.getName(),
              "10.20.0.29",
              "5353",
              record.toString())
          .awaitLine("answering", Site.START);
      Files.writeString(
          site.configuration,
          "\n[policy]\nname-servers = [\"10.20.0.29:5353\"]\n",
          StandardOpenOption.APPEND);
      site.startGateway();
      site.cli("resource", "add", "git", "*.acme.internal", "--filter", "tcp/8080");
      var printed =
          site.cli(
                  "client",
                  "add",
                  "alice",
                  "--endpoint",
                  Site.GATEWAY + ":51820",
                  "--allowed-ips",
                  "100.64.0.1/32,100.96.0.0/11")
              .out();
      // 'ip netns exec' shows this file as /etc/resolv.conf to programs of the client.
      var resolver = Path.of("/etc/netns", site.client.name());
      Files.createDirectories(resolver);
      try (var alice = new StockClient(site.client, site.lab.prefix() + "n", printed, directory)) {
        Files.writeString(resolver.resolve("resolv.conf"), "nameserver 100.64.0.1\n");
        alice.up();
        Await.until("a refusal", SOON, () -> !alice.fetch(NAME).succeeded());
        assertThat(alice.fetch(NAME).all()).contains("resolve host");

        site.authorize("alice", "git", "1h");
        Await.until(
            "HTTP by name",
            SOON,
            () -> alice.fetch(NAME).out().equals("hello from the resource\n"),
            () -> alice.fetch(NAME) + String.join("\n", site.log()));

        var past = site.client.attempt("curl", "-sS", "-m", "2", "http://10.20.0.10:8080/hello");
        assertThat(past.succeeded()).as("past the name").isFalse();

        Files.writeString(record, "10.20.0.99");
        Await.until("a new address", SOON, () -> !alice.fetch(NAME).succeeded());
        Files.writeString(record, "10.20.0.11");
        Await.until("the newest one", SOON, () -> alice.fetch(NAME).succeeded());

        site.revoke("alice", "git");
        Await.until("the end", SOON, () -> !alice.fetch(NAME).succeeded());
      } finally {
        Files.deleteIfExists(resolver.resolve("resolv.conf"));
        Files.deleteIfExists(resolver);
      }
      assertThat(Site.worries(site.log())).as("what a clean run must not log").isEmpty();
      assertThat(List.of(String.join("\n", site.log())))
          .allSatisfy(log -> assertThat(log).doesNotContain(NAME));
    }
  }
}
