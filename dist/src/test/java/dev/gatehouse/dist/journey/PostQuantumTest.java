package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Gatehouse as gateway, one as client and a stock client: who gets a post-quantum key. */
@Tag("kernel")
class PostQuantumTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void twoGatehousesAgreeOnAKeyAndAStockClientIsServedWithout(@TempDir Path directory)
      throws IOException {
    try (var site = Site.open(directory)) {
      var configuration = Files.readString(site.configuration);
      Files.writeString(
          site.configuration, configuration.replace("[tunnel]", "[tunnel]\npost-quantum = true"));
      site.startGateway();
      var stock = site.newClient("stock");
      try (stock) {
        stock.up();
        Await.until("the stock client", SOON, () -> stock.ping(Site.TUNNEL_GATEWAY).succeeded());
      }
      assertThat(fact(site, "sessions-with")).isZero();
      assertThat(fact(site, "sessions-without")).isPositive();

      var printed = site.cli("client", "add", "own", "--endpoint", Site.GATEWAY + ":51820").out();
      var file = ownClient(site, printed, directory);
      var client = site.client.start(Bundle.program().toString(), "run", "-c", file.toString());
      client.awaitLine("gatehouse ready", Site.START);
      site.client.run("ip", "route", "add", Site.TUNNEL_GATEWAY, "dev", site.lab.prefix() + "o");
      Await.until(
          "the client",
          SOON,
          () -> site.client.attempt("ping", "-c1", "-W1", Site.TUNNEL_GATEWAY).succeeded(),
          client::output);
      Await.until("a post-quantum session", SOON, () -> fact(site, "sessions-with") > 0);
      site.client.run("ping", "-c1", "-W10", Site.TUNNEL_GATEWAY);
      assertThat(fact(site, "downgrades")).isZero();
      assertThat(Site.worries(site.log())).isEmpty();
    }
  }

  private static long fact(Site site, String name) {
    var status = site.cli("status").out();
    var found = Pattern.compile(name + ": (\\d+)").matcher(status);
    assertThat(found.find()).as(status).isTrue();
    return Long.parseLong(found.group(1));
  }

  private static Path ownClient(Site site, String printed, Path directory) throws IOException {
    var key = directory.resolve("own.key");
    var mode = PosixFilePermissions.fromString("rw-------");
    Files.createFile(key, PosixFilePermissions.asFileAttribute(mode));
    Files.writeString(key, value(printed, "PrivateKey") + "\n");
    return Files.writeString(
        directory.resolve("own.toml"),
        """
        state-directory = "own-state"
        [plugins]
        auth-store = "memory"
        stages = ["client"]
        [tun]
        name = "%s"
        addresses = ["%s"]
        [transport]
        listen = ["0.0.0.0:51821"]
        [tunnel]
        private-key-file = "%s"
        post-quantum = true
        [client]
        gateway-public-key = "%s"
        gateway-endpoint = "%s:51820"
        allowed-ips = ["%s/32"]
        """
            .formatted(
                site.lab.prefix() + "o",
                value(printed, "Address").replaceAll(",.*", "").strip(),
                key,
                value(printed, "PublicKey"),
                Site.GATEWAY,
                Site.TUNNEL_GATEWAY));
  }

  private static String value(String printed, String key) {
    return printed
        .lines()
        .filter(line -> line.startsWith(key + " ") || line.startsWith(key + "="))
        .map(line -> line.substring(line.indexOf('=') + 1).strip())
        .findFirst()
        .orElseThrow();
  }
}
