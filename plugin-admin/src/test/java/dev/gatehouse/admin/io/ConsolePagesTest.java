package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.admin.AdminConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The console's files; what they do in a browser is tested with a browser. */
class ConsolePagesTest extends AdminTest {

  @Override
  AdminConfig config() {
    return new AdminConfig(
        Optional.empty(),
        Duration.ofSeconds(5),
        Optional.of(false),
        Path.of("/nowhere"),
        Optional.empty(),
        true);
  }

  @Test
  void thePageAndEverythingItNamesIsThereWithItsTypeAndAStrictPolicy() {
    for (var name : List.of("", "index.html", "main.js", "style.css", "icon.svg")) {
      var answer = asker.get("/console/" + name);
      assertThat(answer.status()).as(name).isEqualTo(200);
      assertThat(answer.head())
          .contains(
              "default-src 'none'",
              "script-src 'self'",
              "frame-ancestors 'none'",
              "X-Content-Type-Options: nosniff",
              "Referrer-Policy: no-referrer")
          .doesNotContain("unsafe-");
    }
    assertThat(asker.get("/console/main.js").head()).contains("text/javascript");
    assertThat(asker.get("/console").head()).contains("302", "Location: /console/");
  }

  @Test
  void everyModuleThatIsImportedIsServed() {
    var imported = Pattern.compile("from '\\./([a-z.]+)'");
    for (var name :
        List.of("main.js", "views.js", "dialogs.js", "model.js", "parts.js", "chart.js")) {
      var found = imported.matcher(asker.get("/console/" + name).body());
      while (found.find()) {
        assertThat(asker.get("/console/" + found.group(1)).status())
            .as(found.group(1))
            .isEqualTo(200);
      }
    }
  }

  @Test
  void everyReasonThePolicyDocumentsHasItsSentence() {
    var reasons = asker.get("/console/reasons.js").body();
    var documented = Pattern.compile("\\(`([a-z-]+)`\\)").matcher(policyDocument());
    int count = 0;
    while (documented.find()) {
      assertThat(reasons).contains("'" + documented.group(1) + "':");
      count++;
    }
    assertThat(count).isGreaterThan(10);
  }

  private static String policyDocument() {
    try {
      return Files.readString(Path.of("../docs/policy.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void nothingIsInlineAndNothingComesFromElsewhere() throws IOException {
    for (var name :
        List.of(
            "index.html", "style.css", "main.js", "views.js", "dialogs.js", "parts.js", "dom.js")) {
      try (var in =
          Objects.requireNonNull(
              Console.class.getResourceAsStream("/dev/gatehouse/admin/console/" + name))) {
        var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        assertThat(text)
            .as(name)
            .doesNotContain(
                "innerHTML", "insertAdjacentHTML", "document.write", "eval(", "@import", "https:")
            .doesNotContainPattern("url\\(|<script>|<style| style=| on[a-z]+=\"");
      }
    }
  }

  @Test
  void otherFilesOfTheModuleAreNotServed() {
    for (var path :
        List.of(
            "/console/openapi.json",
            "/console/..%2Fio%2Fopenapi.json",
            "/console/%2e%2e/io/openapi.json",
            "/console/Console.class",
            "/console/main.js/",
            "/console//main.js")) {
      assertThat(asker.get(path).status()).as(path).isEqualTo(404);
    }
    assertThat(asker.post("/console/main.js", "{}").status()).isEqualTo(405);
  }

  @Test
  void unlessItIsAskedForThereIsNoConsole() {
    assertThat(AdminPlugin.router(house.context).routes())
        .noneMatch(route -> route.path().startsWith("/console"));
    assertThat(AdminConfig.defaults().console()).isFalse();
  }
}
