package dev.gatehouse.launcher.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.spi.PluginId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SectionTest {

  private final List<Problem> problems = new ArrayList<>();

  private Section section(String toml) {
    return new Section(
        "tun", Map.copyOf(ConfigSource.text(toml).root()), Path.of("/etc/gatehouse"), problems);
  }

  private List<String> sentences() {
    return problems.stream().map(Problem::toString).toList();
  }

  @Test
  void everyTypeIsRead() {
    var section =
        section(
            """
            name = "gatehouse0"
            mtu = 1280
            offload = false
            patience = "15m"
            key-file = "keys/a.key"
            listen = "[::1]:51820"
            also = ["192.0.2.1:1", "192.0.2.2:2"]
            """);

    assertThat(section.text("name").orElse("")).isEqualTo("gatehouse0");
    assertThat(section.integer("mtu").between(1280, 9000).orElse(1420)).isEqualTo(1280);
    assertThat(section.flag("offload").orElse(true)).isFalse();
    assertThat(section.duration("patience").orElse(Duration.ZERO)).hasMinutes(15);
    assertThat(section.path("key-file").optional()).contains(Path.of("/etc/gatehouse/keys/a.key"));
    assertThat(section.parsed("listen", "address with port", Endpoint::parse).optional())
        .contains(Endpoint.parse("[::1]:51820"));
    assertThat(section.parsedList("also", "address with port", Endpoint::parse).orElse(List.of()))
        .hasSize(2);
    section.finish();
    assertThat(problems).isEmpty();
  }

  @Test
  void absoluteAndClimbingPathsAreResolved() {
    var section = section("a = \"/var/x\"\nb = \"../y\"");

    assertThat(section.path("a").optional()).contains(Path.of("/var/x"));
    assertThat(section.path("b").optional()).contains(Path.of("/etc/y"));
  }

  @Test
  void allProblemsAreReportedAtOnceWithTheirKeys() {
    var section =
        section(
            """
            name = 5
            mtu = "big"
            count = 99999999999
            offload = "yes"
            patience = "soon"
            listen = "nowhere"
            also = "192.0.2.1:1"
            id = "Not An Id"
            mut = 1
            """);

    assertThat(section.text("name").orElse("gatehouse0")).isEqualTo("gatehouse0");
    assertThat(section.integer("mtu").between(1280, 9000).orElse(1420)).isEqualTo(1420);
    assertThat(section.integer("count").orElse(1)).isEqualTo(1);
    assertThat(section.flag("offload").orElse(true)).isTrue();
    assertThat(section.duration("patience").orElse(Duration.ZERO)).isZero();
    assertThat(section.parsed("listen", "address with port", Endpoint::parse).optional()).isEmpty();
    assertThat(section.parsedList("also", "address", Endpoint::parse).optional()).isEmpty();
    assertThat(section.parsed("id", "plugin id", PluginId::new).optional()).isEmpty();
    section.finish();

    assertThat(sentences())
        .containsExactly(
            "tun.name: must be a text in quotes, not 5.",
            "tun.mtu: must be a whole number without quotes, not \"big\".",
            "tun.count: is too large a number.",
            "tun.offload: must be true or false, without quotes, not \"yes\".",
            "tun.patience: must be a time span such as \"250ms\", \"30s\", \"15m\", \"8h\" or"
                + " \"7d\", not \"soon\".",
            "tun.listen: 'nowhere' is not an address with a port. Write 192.0.2.1:51820 or"
                + " [2001:db8::1]:51820.",
            "tun.also: must be a list in brackets, not \"192.0.2.1:1\".",
            "tun.id: must be a plugin id, not \"Not An Id\".",
            "tun.mut: this key is not known; did you mean 'mtu'?");
  }

  @Test
  void valuesOutOfRangeAreRefusedWithTheRange() {
    var section = section("mtu = 100\nname = \"x\"");

    assertThat(section.integer("mtu").between(1280, 9000).orElse(1420)).isEqualTo(1420);
    assertThat(section.text("name").must(text -> text.length() > 3, "be longer").orElse("abcd"))
        .isEqualTo("abcd");
    assertThat(sentences())
        .containsExactly(
            "tun.mtu: must be from 1280 to 9000, not 100.", "tun.name: must be longer, not \"x\".");
  }

  @Test
  void requiredKeysAreMissedAndStoodInFor() {
    assertThat(section("").text("name").required("?")).isEqualTo("?");
    assertThat(sentences()).containsExactly("tun.name: this key is required; give it a text.");
  }

  @Test
  void keysFarFromEveryKnownOneListWhatThereIs() {
    var section = section("colour = \"red\"");
    section.text("name").orElse("");
    section.integer("mtu").orElse(0);
    section.finish();

    assertThat(sentences())
        .containsExactly("tun.colour: this key is not known; the section takes name, mtu.");
  }

  @Test
  void rejectedTextIsShownShortAndOnOneLine() {
    var section = section("id = \"" + "x".repeat(500) + "\\n\\u001b[31m\"");
    section.parsed("id", "plugin id", PluginId::new).orElse(new PluginId("a"));

    assertThat(sentences().getFirst()).hasSizeLessThan(120).doesNotContain("\n", "\u001b");
  }

  @Test
  void anEmptySectionTellsWhatThereIs() {
    var section = Section.empty("tun");
    section.text("name").describedAs("Its name.").orElse("gatehouse0");
    section.integer("mtu").between(1280, 9000).orElse(1420);
    section.duration("patience").orElse(Duration.ofMinutes(3));
    section.flag("offload").orElse(true);
    section.path("key").optional();
    section.parsed("level", "log level", LogConfig.Level::valueOf).orElse(LogConfig.Level.INFO);
    section.text("token").required("");

    assertThat(section.described().stream().map(key -> key.key() + "=" + key.byDefault()))
        .containsExactly(
            "name=\"gatehouse0\"",
            "mtu=1420",
            "patience=\"3m\"",
            "offload=true",
            "key=none",
            "level=\"info\"",
            "token=required");
    assertThat(section.described().getFirst().meaning()).contains("Its name.");
    assertThat(section.described().get(1).type())
        .isEqualTo("whole number, must be from 1280 to 9000");
  }

  @Test
  void wordsOfTheCommandLineBecomeWhatTheKeyIs() {
    var section =
        new Section(
            "relay",
            Map.of(
                "name", new Word("true"),
                "mtu", new Word("1280"),
                "offload", new Word("false"),
                "patience", new Word("15m"),
                "listen", new Word("[::1]:1, 192.0.2.1:2"),
                "wrong", new Word("12x")),
            Path.of("/etc/gatehouse"),
            problems);

    assertThat(section.text("name").orElse("")).isEqualTo("true");
    assertThat(section.integer("mtu").orElse(0)).isEqualTo(1280);
    assertThat(section.flag("offload").orElse(true)).isFalse();
    assertThat(section.duration("patience").orElse(Duration.ZERO)).hasMinutes(15);
    assertThat(section.parsedList("listen", "address with port", Endpoint::parse).orElse(List.of()))
        .containsExactly(Endpoint.parse("[::1]:1"), Endpoint.parse("192.0.2.1:2"));
    assertThat(section.integer("wrong").orElse(7)).isEqualTo(7);
    assertThat(sentences()).singleElement().asString().contains("relay.wrong", "12x");
  }

  @Test
  void laterValuesGoBeforeThoseOfTheFile() {
    var source =
        ConfigSource.text("[relay]\nrealm = \"a\"\nports = \"1-2\"")
            .with("relay", Map.of("realm", new Word("b")), "the command line");
    var section = source.section("relay", problems);

    assertThat(section.text("realm").orElse("")).isEqualTo("b");
    assertThat(section.text("ports").orElse("")).isEqualTo("1-2");
    assertThat(source.name()).endsWith(" and the command line");
  }
}
