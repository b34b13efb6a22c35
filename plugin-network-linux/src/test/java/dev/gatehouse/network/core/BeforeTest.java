package dev.gatehouse.network.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BeforeTest {

  private static final Before BEFORE =
      new Before("boot-1", "net:[4026531840]", "gatehouse0", "nft", Map.of())
          .with("net/ipv4/ip_forward", new Before.Parameter("0", "1"))
          .with("net/ipv6/conf/eth0.7/accept_ra", new Before.Parameter("1", "2"));

  @Test
  void comesBackAsItWasWritten() {
    assertThat(Before.read(BEFORE.lines())).contains(BEFORE);
    var absent = BEFORE.with("net/none", new Before.Parameter("", "1"));
    assertThat(Before.read(absent.lines())).contains(absent);
  }

  @Test
  void everyTruncationIsNoticed() {
    var lines = BEFORE.lines();
    for (int kept = 0; kept < lines.size(); kept++) {
      assertThat(Before.read(lines.subList(0, kept))).as("%d lines", kept).isEmpty();
    }
    assertThat(Before.read(List.of("garbage", "ending", "\u0000"))).isEmpty();
  }

  @Test
  void whatWasFoundFirstStays() {
    assertThat(BEFORE.with("net/ipv4/ip_forward", new Before.Parameter("1", "1")))
        .isEqualTo(BEFORE);
  }

  @Test
  void countsForOneBootAndNamespaceOnly() {
    assertThat(BEFORE.isOf("boot-1", "net:[4026531840]")).isTrue();
    assertThat(BEFORE.isOf("boot-2", "net:[4026531840]")).isFalse();
    assertThat(BEFORE.isOf("boot-1", "net:[4026531841]")).isFalse();
  }
}
