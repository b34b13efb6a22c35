package dev.gatehouse.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.event.GatewayEvent.ConfigurationChanged;
import dev.gatehouse.launcher.runtime.Fakes;
import dev.gatehouse.launcher.runtime.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A running gateway whose configuration is read again. */
@Timeout(300)
class ReloadTest {

  @TempDir Path directory;

  private final Journal journal = new Journal();
  private final Fakes.Script script = new Fakes.Script();
  private final LinkedBlockingQueue<ConfigurationChanged> events = new LinkedBlockingQueue<>();
  private Path file = Path.of("");

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("gatehouse.toml");
    write("[tun]\nsize = 5\n");
  }

  private void write(String toml) throws IOException {
    Files.writeString(file, toml);
  }

  private Gatehouse start() {
    var builder =
        Gatehouse.builder()
            .configuration(file)
            .stateDirectory(directory.resolve("state"))
            .on(ConfigurationChanged.class, events::add);
    Fakes.all(journal, script).forEach(builder::provider);
    return builder.start();
  }

  private List<String> journal(String step) {
    return journal.entries().stream().filter(entry -> entry.startsWith(step + " ")).toList();
  }

  @Test
  void liveKeysCountAtOnceAndOthersWait() throws Exception {
    try (var gateway = start()) {
      write("start-timeout = \"20s\"\n[tun]\nsize = 7\n[shards]\ncount = 2\n");

      var done = gateway.reload();

      assertThat(done.changed()).containsExactly("tun.size");
      assertThat(done.afterRestart()).containsExactly("shards.count", "start-timeout");
      assertThat(journal("changed")).contains("changed tun 7", "changed policy 3");
      var event = events.poll(60, TimeUnit.SECONDS);
      assertThat(event).isNotNull();
      assertThat(event.origin()).isEqualTo("program");
      assertThat(event.changed()).containsExactly("tun.size");

      var again = gateway.reload();
      assertThat(again.changed()).as("it was changed before").isEmpty();
      assertThat(again.afterRestart())
          .as("it still waits")
          .containsExactly("shards.count", "start-timeout");
      assertThat(gateway.plugins()).hasSize(6);
    }
    assertThat(journal("start")).as("nobody was started twice").hasSize(6);
  }

  @Test
  void keyThatIsGoneHasItsDefaultAgain() throws Exception {
    try (var gateway = start()) {
      write("");

      assertThat(gateway.reload().changed()).containsExactly("tun.size");
      assertThat(journal("changed")).contains("changed tun 3");
    }
  }

  @Test
  void everyoneGetsReadyBeforeAnyoneChanges() throws Exception {
    try (var gateway = start()) {
      gateway.reload();
    }
    var entries = journal.entries();
    long lastReady = entries.lastIndexOf("reconfigure admin 3");
    var changes = entries.stream().filter(entry -> entry.startsWith("changed ")).toList();
    assertThat(changes).hasSize(6);
    assertThat(lastReady).isLessThan(entries.indexOf(changes.getFirst()));
  }

  @Test
  void fileWithFaultsChangesNothingAndSaysWhy() throws Exception {
    try (var gateway = start()) {
      for (var wrong :
          new String[][] {
            {"[tun]\nsize = 70\n[policy]\nsize = 4\n", "tun.size"},
            {"[tun]\nsiez = 7\n", "did you mean 'size'"},
            {"[tun\nsize = 7\n", "not valid TOML"},
            {"[nothing]\nsize = 7\n", "[nothing]"},
            {"[plugins]\ntun = \"other\"\n", "other"},
          }) {
        write(wrong[0]);
        assertThatThrownBy(gateway::reload)
            .as(wrong[0])
            .isInstanceOf(GatehouseException.class)
            .hasMessageContaining(wrong[1]);
      }
      Files.delete(file);
      assertThatThrownBy(gateway::reload).hasMessageContaining("does not exist");
      assertThat(journal("reconfigure")).isEmpty();
      assertThat(events).isEmpty();

      write("[tun]\nsize = 8\n");
      assertThat(gateway.reload().changed()).as("afterwards all is well").hasSize(1);
    }
  }

  @Test
  void pluginThatCannotFollowKeepsAllOthersAsTheyAre() throws Exception {
    script.on(
        "policy.reconfigure",
        () -> {
          throw new GatehouseException(
              StandardErrorCode.CONFIGURATION_INVALID, "The certificate is gone.", "Find it.");
        });
    try (var gateway = start()) {
      write("[tun]\nsize = 7\n");

      assertThatThrownBy(gateway::reload).hasMessageContaining("The certificate is gone.");
      assertThat(journal("changed")).isEmpty();

      script.on("policy.reconfigure", () -> {});
      assertThat(gateway.reload().changed()).as("nothing was taken over").hasSize(1);
    }
  }
}
