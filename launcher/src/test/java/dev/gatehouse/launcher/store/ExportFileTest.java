package dev.gatehouse.launcher.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.testkit.store.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportFileTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.000000001Z");

  @TempDir private Path directory;

  private Path file() {
    return directory.resolve("export.jsonl");
  }

  private static StoreSnapshot contents() {
    var resources = new ArrayList<>(IntStream.range(0, 6).mapToObj(Samples::resource).toList());
    resources.add(
        new Resource(
            new ResourceId("odd"),
            "ä \"\\ \u2028 \ud83d\ude00",
            new Destination.DnsName("x"),
            List.of()));
    return new StoreSnapshot(
        77,
        IntStream.range(0, 7).mapToObj(Samples::client).toList(),
        resources,
        List.of(
            Samples.authorization(0, 1, NOW, Optional.empty()),
            Samples.authorization(6, 5, NOW, Optional.of(Instant.MAX)),
            Samples.authorization(6, 4, Instant.EPOCH, Optional.of(NOW.plusNanos(1)))));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    ExportFile.write(file(), contents(), NOW);
    assertThat(ExportFile.isExport(file())).isTrue();
    assertThat(ExportFile.read(file())).isEqualTo(contents());
  }

  @Test
  void onlyTheOwnerMayReadIt() throws IOException {
    ExportFile.write(file(), contents(), NOW);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
  }

  @Test
  void anExistingFileIsNotTouched() throws IOException {
    Files.writeString(file(), "precious");
    assertThatThrownBy(() -> ExportFile.write(file(), contents(), NOW))
        .isInstanceOf(GatehouseException.class)
        .hasMessageContaining("exists");
    assertThat(file()).hasContent("precious");
  }

  @Test
  void aFileThatWasCutShortIsRefused() throws IOException {
    ExportFile.write(file(), contents(), NOW);
    var lines = Files.readAllLines(file());
    for (int kept = 1; kept < lines.size(); kept++) {
      Files.write(file(), lines.subList(0, kept));
      assertThatThrownBy(() -> ExportFile.read(file())).hasMessageContaining("promises");
    }
    Files.writeString(file(), "");
    assertThatThrownBy(() -> ExportFile.read(file())).hasMessageContaining("is empty");
  }

  @Test
  void aWrongLineIsNamedButNotShown() throws IOException {
    ExportFile.write(file(), contents(), NOW);
    var good = Files.readString(file());
    var secret = good.replaceAll("(?s).*?\"preshared-key\":\"([^\"]+)\".*", "$1");
    assertThat(secret).hasSize(44);
    for (var wrong :
        List.of(
            good.replaceFirst("\"addresses\"", "\"adresses\""),
            good.replaceFirst("\"public-key\":\"", "\"public-key\":\"?"),
            good.replaceFirst("\"addresses\":\\[", "\"addresses\":[1,"),
            good.replaceFirst("\"name\":\"Client 0\",", ""),
            good.replaceFirst("\\{\"client\"", "{{\"client\""))) {
      Files.writeString(file(), wrong);
      assertThatThrownBy(() -> ExportFile.read(file()))
          .isInstanceOf(GatehouseException.class)
          .hasMessageContaining("line 2")
          .hasMessageNotContaining(secret);
    }
    Files.writeString(file(), good.replaceFirst("\"gatehouse-store\":1", "\"gatehouse-store\":2"));
    assertThatThrownBy(() -> ExportFile.read(file())).hasMessageContaining("another release");
  }
}
