package dev.gatehouse.launcher.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.ErrorCode;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.launcher.plugin.PluginJars;
import dev.gatehouse.launcher.runtime.Surroundings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class CliTest {

  @TempDir Path work;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String input, String... arguments) {
    var console =
        new Console(
            new ByteArrayInputStream(input.getBytes(UTF_8)),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            false,
            new Surroundings(Map.of(), work, false, false));
    return Cli.run(console, arguments);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }

  private String config(String toml) throws IOException {
    return Files.writeString(work.resolve("gatehouse.toml"), toml).toString();
  }

  @Test
  void helpListsCommandsAndExitCodes() {
    assertThat(run("", "--help")).isZero();
    assertThat(out()).contains("run", "check", "plugins", "keygen", "pubkey", "completion");
    for (var code : ExitCode.values()) {
      assertThat(out().replaceAll("\\s+", " ")).contains(code.number() + " " + code.meaning());
    }
    assertThat(out().lines()).allMatch(line -> line.length() <= 80);
  }

  @Test
  void versionTellsRevisionAndJava() {
    assertThat(run("", "--version")).isZero();
    assertThat(out()).matches("(?s)gatehouse \\d.* \\(revision .+\\)\nJava .*");
  }

  @Test
  void aWrongCommandLineIsOneSentenceWithASuggestion() {
    assertThat(run("", "chekc")).isEqualTo(2);
    assertThat(run("")).isEqualTo(2);
    assertThat(run("", "check", "--confg", "x")).isEqualTo(2);
    assertThat(err())
        .contains("Try 'gatehouse --help'")
        .contains("--config")
        .doesNotContain("\tat ");
    assertThat(out()).isEmpty();
  }

  @Test
  void theConfigurationsProblemsEndWithThree() throws IOException {
    assertThat(run("", "check", "-c", config("start-timeout = 5\n[tnu]"))).isEqualTo(3);
    assertThat(err())
        .contains("start-timeout: must be a time span")
        .contains("[tnu]: this section is not known; did you mean [tun]?")
        .contains("gatehouse.toml")
        .doesNotContain("\tat ");
  }

  @Test
  void syntaxErrorsAndMissingFilesEndWithThree() throws IOException {
    assertThat(run("", "check", "-c", config("a = = 1"))).isEqualTo(3);
    assertThat(run("", "check", "-c", work.resolve("none").toString())).isEqualTo(3);
    assertThat(err()).contains("line 1, column 5").contains("does not exist");
  }

  @Test
  void missingPluginsEndWithFour() throws IOException {
    assertThat(run("", "check", "-c", config(""), "--plugins", work.toString())).isEqualTo(4);
    assertThat(run("", "run", "-c", config(""), "--plugins", work.toString())).isEqualTo(4);
    assertThat(err()).contains("No tun plugin is installed: searched " + work);
  }

  @Test
  void everyKindOfErrorHasAnExitCode() {
    for (var kind : ErrorCode.Kind.values()) {
      assertThat(ExitCode.of(kind)).isNotIn(ExitCode.OK, ExitCode.FAILURE, ExitCode.USAGE);
    }
  }

  @Test
  void pluginsAreListedWithTheirSentences() throws IOException {
    var jars = new PluginJars(work);
    jars.stage("acme.sound", "sound").into("sound");
    Files.createDirectories(jars.plugins().resolve("odd"));
    Files.write(jars.plugins().resolve("odd/odd.jar"), new byte[] {0});

    assertThat(run("", "plugins", "-c", config(""), "--plugins", jars.plugins().toString()))
        .isZero();
    assertThat(out())
        .containsPattern("sound +stage +1.2.3 +usable +/.*/sound\n    A stage for tests\\.")
        .containsPattern("odd .*broken .*\n    Plugin 'odd' in .* a jar cannot be read");
    out.reset();

    run("", "plugins", "--json", "-c", config(""), "--plugins", jars.plugins().toString());
    var json = new JsonMapper().readTree(out());
    assertThat(json.size()).isEqualTo(2);
    assertThat(json.get(1).get("id").asString()).isEqualTo("sound");
    assertThat(json.get(1).get("kind").asString()).isEqualTo("stage");
    assertThat(json.get(1).get("state").asString()).isEqualTo("usable");
    assertThat(json.get(0).get("kind").isNull()).isTrue();
  }

  @Test
  void everyKeyIsDescribed() throws IOException {
    var jars = new PluginJars(work);
    jars.stage("acme.keyed", "keyed")
        .source(
            "acme.keyed.Provider",
            PluginJars.stageProvider("acme.keyed", "keyed", "")
                .replace(
                    "return new Config();",
                    "section.integer(\"depth\").describedAs(\"How deep.\").between(1, 9).orElse(4);"
                        + " return new Config();"))
        .into("keyed");

    run("", "check", "--describe", "-c", config(""), "--plugins", jars.plugins().toString());

    assertThat(out())
        .contains("state-directory = ")
        .contains("[log]\nlevel = \"info\"")
        .contains("[keyed]\ndepth = 4  (whole number, must be from 1 to 9)\n    How deep.");
  }

  @Test
  void theCompletionScriptKnowsCommandsAndIsValidBash() throws Exception {
    assertThat(run("", "completion")).isZero();
    assertThat(out()).contains("complete -F _complete_gatehouse").contains("plugins");
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "bash is not installed");
    var bash =
        new ProcessBuilder(
                "/bin/bash", "-n", Files.writeString(work.resolve("complete"), out()).toString())
            .redirectErrorStream(true)
            .start();
    assertThat(new String(bash.getInputStream().readAllBytes(), UTF_8)).isEmpty();
    assertThat(bash.waitFor()).isZero();
  }

  @Test
  void keysAreMadeAsWgMakesThem() throws Exception {
    assumeTrue(isInstalled("wg"), "wg (wireguard-tools) is not installed");
    for (int i = 0; i < 10; i++) {
      out.reset();
      assertThat(run("", "keygen")).isZero();
      var key = out();
      assertThat(key).matches("[A-Za-z0-9+/]{43}=\n");
      out.reset();
      assertThat(run(key, "pubkey")).isZero();
      assertThat(out()).isEqualTo(wg(key, "pubkey"));
    }
    out.reset();
    var foreign = wg("", "genkey");
    assertThat(run(foreign.strip(), "pubkey")).isZero();
    assertThat(out()).isEqualTo(wg(foreign, "pubkey"));
  }

  @Test
  void generatedKeysAreClamped() {
    var bytes = new byte[32];
    for (int i = 0; i < 100; i++) {
      try (SecretKey key = Keys.generate(new SecureRandom())) {
        key.copyTo(bytes, 0);
        assertThat(bytes[0] & 7).isZero();
        assertThat(bytes[31] & 0xc0).isEqualTo(0x40);
      }
    }
  }

  /** RFC 7748, section 6.1: Bob's keys. */
  @Test
  void thePublicKeyOfTheRfcComesOut() {
    var secret =
        HexFormat.of().parseHex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    try (var key = SecretKey.of(secret)) {
      assertThat(HexFormat.of().formatHex(Keys.publicKey(key).bytes()))
          .isEqualTo("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    }
  }

  @Test
  void whatIsNoKeyIsRefusedWithoutBeingRepeated() {
    assertThat(run("hunter2hunter2", "pubkey")).isEqualTo(3);
    assertThat(run("", "pubkey")).isEqualTo(3);
    assertThat(run("A".repeat(100_000), "pubkey")).isEqualTo(3);
    assertThat(err()).contains("not a secret key").doesNotContain("hunter2", "AAAA");
    assertThat(out()).isEmpty();
  }

  private static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private static String wg(String input, String command) throws Exception {
    var wg = new ProcessBuilder("wg", command).start();
    try (var stdin = wg.getOutputStream()) {
      stdin.write(input.getBytes(UTF_8));
    }
    var text = new String(wg.getInputStream().readAllBytes(), UTF_8);
    assertThat(wg.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return text;
  }

  @Test
  void relayCredentialsAreThoseOfTheRestScheme() throws Exception {
    var secret = Files.writeString(work.resolve("secret"), "a secret of some length\n");

    assertThat(
            run("", "relay", "credentials", "--secret-file", secret.toString(), "--user", "alice"))
        .isZero();

    var words = out().strip().split("\\s+", -1);
    assertThat(words[1]).matches("[0-9]{10}:alice");
    var mac = javax.crypto.Mac.getInstance("HmacSHA1");
    mac.init(
        new javax.crypto.spec.SecretKeySpec("a secret of some length".getBytes(UTF_8), "HmacSHA1"));
    assertThat(words[3])
        .isEqualTo(
            java.util.Base64.getEncoder().encodeToString(mac.doFinal(words[1].getBytes(UTF_8))));
  }

  @Test
  void relayCredentialsNeedASecret() {
    assertThat(run("", "relay", "credentials")).isEqualTo(3);
    assertThat(err()).contains("secret-file").doesNotContain("\tat ");
  }
}
