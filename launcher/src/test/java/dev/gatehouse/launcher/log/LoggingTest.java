package dev.gatehouse.launcher.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.launcher.config.LogConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LoggingTest {

  private static final Logger LOG = LoggerFactory.getLogger("dev.gatehouse.test");

  @TempDir Path work;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @AfterEach
  void backToStandardOutput() {
    Logging.start(LogConfig.defaults(), System.out, true);
  }

  private void start(LogConfig.Level level, LogConfig.Format format) {
    Logging.start(new LogConfig(level, format, Optional.empty()), out, false);
  }

  private List<String> lines() {
    return out.toString(UTF_8).lines().toList();
  }

  private JsonNode json() {
    return new JsonMapper().readTree(lines().getLast());
  }

  @Test
  void jsonLinesHaveTimeSeverityMessageThenFields() {
    start(LogConfig.Level.INFO, LogConfig.Format.JSON);
    var before = Instant.now().minusSeconds(1);
    LOG.atWarn()
        .addKeyValue("peer", "a\"b\n")
        .addKeyValue("count", 5)
        .addKeyValue("listening", List.of("x", 1, true))
        .addKeyValue("drops", Map.of("lane-full", 2L))
        .setCause(new IllegalStateException("why"))
        .log("session established");

    assertThat(lines()).hasSize(1);
    assertThat(json().propertyNames())
        .containsExactly(
            "time",
            "severity",
            "message",
            "peer",
            "count",
            "listening",
            "drops",
            "logger",
            "thread",
            "exception");
    assertThat(json().get("time").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z");
    assertThat(Instant.parse(json().get("time").asString())).isBetween(before, Instant.now());
    assertThat(json().get("severity").asString()).isEqualTo("WARNING");
    assertThat(json().get("message").asString()).isEqualTo("session established");
    assertThat(json().get("peer").asString()).isEqualTo("a\"b\n");
    assertThat(json().get("count").asInt()).isEqualTo(5);
    assertThat(json().get("listening").toString()).isEqualTo("[\"x\",1,true]");
    assertThat(json().get("drops").get("lane-full").asInt()).isEqualTo(2);
    assertThat(json().get("exception").asString())
        .startsWith("java.lang.IllegalStateException: why");
  }

  @Test
  void severitiesAreThoseOfTheDesign() {
    start(LogConfig.Level.TRACE, LogConfig.Format.JSON);
    LOG.trace("x");
    assertThat(json().get("severity").asString()).isEqualTo("DEBUG");
    LOG.debug("x");
    assertThat(json().get("severity").asString()).isEqualTo("DEBUG");
    LOG.info("x");
    assertThat(json().get("severity").asString()).isEqualTo("INFO");
    LOG.warn("x");
    assertThat(json().get("severity").asString()).isEqualTo("WARNING");
    LOG.error("x");
    assertThat(json().get("severity").asString()).isEqualTo("ERROR");
  }

  @Test
  void fieldsCannotPretendToBeTheLogsOwn() {
    start(LogConfig.Level.INFO, LogConfig.Format.JSON);
    LOG.atInfo().addKeyValue("severity", "ERROR").addKeyValue("time", "never").log("x");

    assertThat(json().get("severity").asString()).isEqualTo("INFO");
    assertThat(json().get("severity_").asString()).isEqualTo("ERROR");
  }

  @Test
  void strangeCharactersStayValidJsonOnOneLine() {
    start(LogConfig.Level.INFO, LogConfig.Format.JSON);
    var strange = "\u0000\u001b[31m\u007f\u0085\u2028\ud800 \ud83d\ude00 \\ \" \r\n\t é";
    LOG.atInfo().addKeyValue("text", strange).log(strange);

    assertThat(lines()).hasSize(1);
    assertThat(json().get("text").asString()).isEqualTo(strange);
  }

  @Test
  void theLineOfTheDesignReadsWellWithJq() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/jq")), "jq is not installed");
    Logging.start(
        new LogConfig(LogConfig.Level.INFO, LogConfig.Format.JSON, Optional.of(work)), out, false);
    LOG.atInfo().addKeyValue("a", 1).log("gatehouse ready");
    LOG.warn("look here");
    Logging.stop();

    var jq =
        new ProcessBuilder(
                "sh", "-c", "cat *.log | jq -r '\"\\(.time) \\(.severity) \\(.message)\"'")
            .directory(work.toFile())
            .redirectErrorStream(true)
            .start();
    var text = new String(jq.getInputStream().readAllBytes(), UTF_8);
    assertThat(jq.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(text.lines().toList())
        .satisfiesExactly(
            line -> assertThat(line).matches("\\S+Z INFO gatehouse ready"),
            line -> assertThat(line).matches("\\S+Z WARNING look here"));
  }

  @Test
  void everyFileBeginsWithWhatWroteItAndOldOnesMakeRoom() throws Exception {
    var place =
        new LogPlace(
            work.resolve("new"),
            "gatehouse-client",
            new LogConfig.Limits(1, 3, 14),
            Map.of("version", "1.2.3"));
    for (int life = 0; life < 2; life++) {
      Logging.start(
          new LogConfig(LogConfig.Level.INFO, LogConfig.Format.JSON, Optional.empty()),
          OutputStream.nullOutputStream(),
          false,
          Optional.of(place));
      for (int i = 0; i < 40_000; i++) {
        LOG.atInfo()
            .addKeyValue("number", i)
            .log("a line of some length, as they are in real logs");
      }
      Logging.stop();
    }
    Logging.start(LogConfig.defaults(), OutputStream.nullOutputStream(), false, Optional.of(place));
    Logging.stop(); // what is too much goes at the start, too

    try (var found = Files.list(place.directory())) {
      var files = found.sorted().toList();
      assertThat(files).hasSizeBetween(2, 5);
      long total = 0;
      for (var file : files) {
        total += Files.size(file);
        assertThat(file.getFileName().toString())
            .matches("gatehouse-client(-\\d{4}-\\d\\d-\\d\\d\\.\\d+)?\\.log");
        try (var content = Files.lines(file)) {
          var first = new JsonMapper().readTree(content.findFirst().orElseThrow());
          assertThat(first.get("message").asString()).isEqualTo("log file begins");
          assertThat(first.get("version").asString()).isEqualTo("1.2.3");
        }
      }
      assertThat(total).isLessThan(5 << 20);
    }
    assertThat(Files.getPosixFilePermissions(place.directory()))
        .doesNotContain(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);
  }

  @Test
  void humansGetOneLineWithoutAStack() {
    start(LogConfig.Level.INFO, LogConfig.Format.HUMAN);
    LOG.atWarn()
        .addKeyValue("peer", "alice")
        .addKeyValue("why", "two words\n\u001b[31m")
        .setCause(new IOException("disk full"))
        .log("look here");

    assertThat(lines())
        .singleElement()
        .asString()
        .matches(
            "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} WARNING look here peer=alice why=\"two words"
                + " \\?\\[31m\" cause=\"IOException: disk full\"");
  }

  @Test
  void stacksAppearAtDebug() {
    start(LogConfig.Level.DEBUG, LogConfig.Format.HUMAN);
    LOG.atDebug().setCause(new IOException("disk full")).log("look here");

    assertThat(lines()).hasSizeGreaterThan(2);
  }

  @Test
  void librariesAreQuietUnlessEverythingIsWanted() {
    start(LogConfig.Level.DEBUG, LogConfig.Format.HUMAN);
    LoggerFactory.getLogger("io.netty.x").debug("noise");
    assertThat(lines()).isEmpty();
    start(LogConfig.Level.ERROR, LogConfig.Format.HUMAN);
    LoggerFactory.getLogger("io.netty.x").warn("noise");
    assertThat(lines()).isEmpty();
    start(LogConfig.Level.TRACE, LogConfig.Format.HUMAN);
    LoggerFactory.getLogger("io.netty.x").debug("noise");
    assertThat(lines()).hasSize(1);
  }

  @Test
  void secretsDoNotShow() {
    start(LogConfig.Level.INFO, LogConfig.Format.JSON);
    try (var key = SecretKey.of(new byte[32])) {
      LOG.atInfo().addKeyValue("key", key).log("x");
    }
    assertThat(json().get("key").asString()).isEqualTo("(secret)");
  }
}
