package dev.gatehouse.store.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.store.StoreChange;
import dev.gatehouse.testkit.store.Samples;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChangeLogTest {

  private static StoreChange change(long version) {
    return new StoreChange.ClientRemoved(Samples.clientId((int) version), version);
  }

  @Test
  void theOldestChangesAreForgottenAndTheGapIsTold() {
    var log = new ChangeLog(3, 0);
    for (long version = 10; version <= 50; version += 10) {
      log.add(change(version));
    }
    assertThat(log.floor()).isEqualTo(20);
    assertThat(log.after(19, 50, 10)).containsExactly(new StoreChange.Gap(20));
    assertThat(log.after(20, 50, 10)).isEqualTo(List.of(change(30), change(40), change(50)));
    assertThat(log.after(35, 50, 1)).containsExactly(change(40));
    assertThat(log.after(50, 50, 10)).isEmpty();
  }

  @Test
  void aVersionFromTheFutureIsAGap() {
    var log = new ChangeLog(3, 7);
    assertThat(log.after(7, 7, 10)).isEmpty();
    assertThat(log.after(8, 7, 10)).containsExactly(new StoreChange.Gap(7));
    assertThat(log.after(6, 7, 10)).containsExactly(new StoreChange.Gap(7));
  }
}
