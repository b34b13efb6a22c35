package dev.gatehouse.tun.windows.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AdaptiveSpinTest {

  private final AdaptiveSpin spin = new AdaptiveSpin();
  private long now = 1_000_000_000_000L;

  /** How long it looks in vain. */
  private long inVain() {
    long started = now;
    while (spin.looksAgain(now)) {
      now += 100;
    }
    spin.waited();
    return now - started;
  }

  /** Finds something the first time it looks again. */
  private void found() {
    spin.looksAgain(now);
    spin.found();
  }

  @Test
  void anIdleRingIsLookedAtForTheLeastTime() {
    for (int i = 0; i < 100; i++) {
      assertThat(inVain()).isEqualTo(AdaptiveSpin.LEAST_NANOS);
    }
  }

  @Test
  void aBusyRingIsLookedAtLongerButNotForEver() {
    for (int i = 0; i < 100; i++) {
      found();
    }
    assertThat(inVain()).isEqualTo(AdaptiveSpin.MOST_NANOS);
    assertThat(inVain()).isEqualTo(AdaptiveSpin.MOST_NANOS / 2);
  }

  @Test
  void packetsThatWereThereWithoutLookingProveNothing() {
    for (int i = 0; i < 100; i++) {
      spin.found();
    }
    assertThat(inVain()).isEqualTo(AdaptiveSpin.LEAST_NANOS);
  }
}
