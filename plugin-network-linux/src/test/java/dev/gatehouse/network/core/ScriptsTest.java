package dev.gatehouse.network.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Cidr;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScriptsTest {

  private static final Cidr V4 = Cidr.parse("100.64.0.0/16");
  private static final Cidr V6 = Cidr.parse("fd00:6a7e::/64");

  @Test
  void nftReplacesItsOwnTableInOneTransaction() {
    assertThat(NftScript.apply(new RuleSet("gatehouse0", List.of(V4, V6), 1420, true)))
        .isEqualTo(
            """
            table inet gatehouse-gatehouse0
            delete table inet gatehouse-gatehouse0
            table inet gatehouse-gatehouse0 {
              chain translate {
                type nat hook postrouting priority 100; policy accept;
                ip saddr 100.64.0.0/16 oifname != "gatehouse0" masquerade
                ip6 saddr fd00:6a7e::/64 oifname != "gatehouse0" masquerade
              }
              chain clamp {
                type filter hook forward priority -150; policy accept;
                meta nfproto ipv4 iifname "gatehouse0" tcp flags & (syn|rst) == syn tcp option maxseg size set 1380
                meta nfproto ipv6 iifname "gatehouse0" tcp flags & (syn|rst) == syn tcp option maxseg size set 1360
                iifname "gatehouse0" tcp flags & (syn|rst) == syn tcp option maxseg size set rt mtu
                meta nfproto ipv4 oifname "gatehouse0" tcp flags & (syn|rst) == syn tcp option maxseg size set 1380
                meta nfproto ipv6 oifname "gatehouse0" tcp flags & (syn|rst) == syn tcp option maxseg size set 1360
                oifname "gatehouse0" tcp flags & (syn|rst) == syn tcp option maxseg size set rt mtu
              }
            }
            """);
  }

  @Test
  void withoutMasqueradingThereIsNoTranslation() {
    assertThat(NftScript.apply(new RuleSet("t", List.of(V4), 1420, false)))
        .doesNotContain("masquerade", "nat", "ipv6");
    assertThat(IptablesScript.apply(new RuleSet("t", List.of(V4), 1420, false), true))
        .doesNotContain("nat", "MASQUERADE");
    assertThat(IptablesScript.jumps(false)).hasSize(1);
  }

  @Test
  void removingWorksWhetherTheTableIsThereOrNot() {
    assertThat(NftScript.remove("t"))
        .isEqualTo("table inet gatehouse-t\ndelete table inet gatehouse-t\n");
  }

  @Test
  void iptablesFillsChainsOfItsOwn() {
    assertThat(IptablesScript.apply(new RuleSet("t", List.of(V4, V6), 1400, true), false))
        .isEqualTo(
            """
            *nat
            :gatehouse-t - [0:0]
            -A gatehouse-t -s fd00:6a7e::/64 ! -o t -j MASQUERADE
            COMMIT
            *mangle
            :gatehouse-t - [0:0]
            -A gatehouse-t -i t -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1340
            -A gatehouse-t -i t -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
            -A gatehouse-t -o t -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1340
            -A gatehouse-t -o t -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
            COMMIT
            """);
  }

  @Test
  void chainNamesAreShortEnoughForIptables() {
    assertThat(RuleSet.name("fifteen-letters")).hasSizeLessThanOrEqualTo(28);
  }
}
