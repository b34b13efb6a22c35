package dev.gatehouse.admin.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.IpAddress;
import org.junit.jupiter.api.Test;

class FailureLimitTest {

  private static final IpAddress HERE = IpAddress.parse("192.0.2.1");

  private final FailureLimit limit = new FailureLimit();

  @Test
  void tenTriesThenOneEveryTenSeconds() {
    for (int i = 0; i < FailureLimit.TRIES; i++) {
      assertThat(limit.mayTry(HERE, 0)).isTrue();
      limit.wrong(HERE, 0);
    }
    assertThat(limit.mayTry(HERE, 0)).isFalse();
    assertThat(limit.mayTry(HERE, FailureLimit.ONE_BACK_NANOS - 1)).isFalse();
    assertThat(limit.mayTry(HERE, FailureLimit.ONE_BACK_NANOS)).isTrue();
    limit.wrong(HERE, FailureLimit.ONE_BACK_NANOS);
    assertThat(limit.mayTry(HERE, FailureLimit.ONE_BACK_NANOS)).isFalse();
    assertThat(limit.mayTry(HERE, 1000 * FailureLimit.ONE_BACK_NANOS)).isTrue();
  }

  @Test
  void othersAreNotConcerned() {
    for (int i = 0; i < 20; i++) {
      limit.wrong(HERE, 0);
    }
    assertThat(limit.mayTry(IpAddress.parse("192.0.2.2"), 0)).isTrue();
  }

  @Test
  void oneNetworkOfIpv6IsOnePlace() {
    for (int i = 0; i < FailureLimit.TRIES; i++) {
      limit.wrong(IpAddress.parse("2001:db8::" + (i + 1)), 0);
    }
    assertThat(limit.mayTry(IpAddress.parse("2001:db8::ffff"), 0)).isFalse();
    assertThat(limit.mayTry(IpAddress.parse("2001:db8:0:1::1"), 0)).isTrue();
  }

  @Test
  void placesAreBounded() {
    for (int i = 0; i < 3 * FailureLimit.MOST_PLACES; i++) {
      limit.wrong(IpAddress.v4(i), i);
    }
    assertThat(limit.places()).isEqualTo(FailureLimit.MOST_PLACES);
  }
}
