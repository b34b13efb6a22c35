package dev.gatehouse.api.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DropCountersTest {

  private final DropCounters one = new DropCounters();
  private final DropCounters other = new DropCounters();

  @Test
  void reasonsAreCountedApartAndTogether() {
    one.count(DropReason.TOO_BIG, 2);
    one.count(DropReason.MALFORMED, 1);
    one.count(DropReason.TOO_BIG, 3);
    assertThat(one.of(DropReason.TOO_BIG)).isEqualTo(5);
    assertThat(one.of(DropReason.MALFORMED)).isEqualTo(1);
    assertThat(one.total()).isEqualTo(6);
  }

  @Test
  void whatSeveralCountedIsAddedUpAndWhatNeverWasIsLeftOut() {
    one.count(DropReason.TOO_BIG, 2);
    other.count(DropReason.TOO_BIG, 40);
    other.count(DropReason.MALFORMED, 1);
    assertThat(DropCounters.byReason(Stream.of(one, other)))
        .containsOnly(
            entry(DropReason.TOO_BIG.label(), 42L), entry(DropReason.MALFORMED.label(), 1L));
    assertThat(DropCounters.byReason(Stream.of(new DropCounters()))).isEmpty();
  }
}
