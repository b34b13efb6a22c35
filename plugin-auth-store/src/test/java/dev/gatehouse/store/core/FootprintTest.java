package dev.gatehouse.store.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class FootprintTest {

  private static Footprint touching(Set<Object> reads, Set<Object> writes) {
    return new Footprint(reads, writes, false);
  }

  @Test
  void operationsThatDoNotMeetShareATransaction() {
    var union = new Footprint.Union();
    assertThat(union.add(touching(Set.of("r"), Set.of("a")))).isTrue();
    assertThat(union.add(touching(Set.of("r"), Set.of("b")))).isTrue();
    assertThat(union.add(Footprint.writing(Set.of("c")))).isTrue();
  }

  @Test
  void operationsThatMeetDoNot() {
    var union = new Footprint.Union();
    assertThat(union.add(touching(Set.of("r"), Set.of("a")))).isTrue();
    assertThat(union.add(touching(Set.of(), Set.of("a")))).isFalse();
    assertThat(union.add(touching(Set.of("a"), Set.of()))).isFalse();
    assertThat(union.add(Footprint.writing(Set.of("r")))).isFalse();
    assertThat(union.add(Footprint.all())).isFalse();
  }

  @Test
  void anOperationOnEverythingIsAlone() {
    var union = new Footprint.Union();
    assertThat(union.add(Footprint.all())).isTrue();
    assertThat(union.add(Footprint.writing(Set.of("x")))).isFalse();
  }
}
