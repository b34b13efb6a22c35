package dev.gatehouse.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordsTest {

  @ParameterizedTest
  @CsvSource({"250ms,250", "30s,30000", "15m,900000", "8h,28800000", "7d,604800000", "0s,0"})
  void timeSpansAreReadAndWritten(String text, long millis) {
    var span = Duration.ofMillis(millis);

    assertThat(TimeSpans.parse(text)).contains(span);
    assertThat(TimeSpans.parse(TimeSpans.format(span))).contains(span);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5", "s", "-5s", "1.5h", "5 s", "5S", "1h30m", "9999999999s", "٣s"})
  void anythingElseIsNoTimeSpan(String text) {
    assertThat(TimeSpans.parse(text)).isEmpty();
  }

  @Test
  void theNearestWordIsTheOneMeant() {
    var known = List.of("tun", "tunnel", "transport", "auth-store", "log", "state-directory");

    assertThat(Nearest.to("tunel", known)).contains("tunnel");
    assertThat(Nearest.to("authstore", known)).contains("auth-store");
    assertThat(Nearest.to("state-dir", known)).contains("state-directory");
    assertThat(Nearest.to("lgo", known)).contains("log");
    assertThat(Nearest.to("colour", known)).isEmpty();
    assertThat(Nearest.to("x".repeat(100_000), known)).isEmpty();
  }

  @Test
  void swappedNeighboursCountOnce() {
    assertThat(Nearest.distance("mut", "mtu")).isEqualTo(1);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
    assertThat(Nearest.distance("same", "same")).isZero();
  }
}
