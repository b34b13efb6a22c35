package dev.gatehouse.dist.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Congestion marks through the whole house (RFC 6040): from the packet to its datagram, over a
 * congested network, and back into the packet.
 */
@Tag("kernel")
class EcnTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void marksGoOutWithTheDatagramAndComeBackInToThePacket(@TempDir Path directory)
      throws IOException {
    NetLab.needs("nft");
    try (var site = Site.open(directory)) {
      site.startGateway();
      var host = "10.20.0." + site.nextHost();
      site.addResource("marked", host + "/32");
      site.client.run(
          "nft",
          "add table inet marks;"
              + " add chain inet marks in { type filter hook input priority 0; };"
              + " add chain inet marks out { type filter hook output priority 0; };"
              + " add rule inet marks in udp sport 51820 ip ecn ect0 counter");
      site.resource.run(
          "nft",
          "add table inet marks;"
              + " add chain inet marks in { type filter hook input priority 0; };"
              + " add rule inet marks in icmp type echo-request ip ecn ce counter");
      try (var alice = site.newClient("alice").up()) {
        site.authorize("alice", "marked", "1h");
        Await.until("the resource", SOON, () -> alice.ping(host).succeeded());

        assertThat(ping(site, host, "0x02", 10)).isTrue();
        assertThat(counted(site.client.run("nft", "list", "table", "inet", "marks").out()))
            .as("datagrams to the client with the mark of the packet in them")
            .isEqualTo(1);

        site.client.run("nft", "add rule inet marks out udp dport 51820 ip ecn set ce");
        assertThat(ping(site, host, "0x02", 10)).isTrue();
        assertThat(counted(site.resource.run("nft", "list", "table", "inet", "marks").out()))
            .as("packets to the resource with the mark of the datagram around them")
            .isEqualTo(1);

        assertThat(ping(site, host, "0x00", 2)).as("one that cannot carry the mark").isFalse();
        assertThat(site.cli("status").out()).contains("congestion: 1");
      }
    }
  }

  private static boolean ping(Site site, String host, String tos, int seconds) {
    return site.client
        .attempt("ping", "-n", "-c", "1", "-W", "" + seconds, "-Q", tos, host)
        .succeeded();
  }

  private static long counted(String table) {
    var packets = Pattern.compile("counter packets (\\d+)").matcher(table);
    assertThat(packets.find()).as(table).isTrue();
    return Long.parseLong(packets.group(1));
  }
}
