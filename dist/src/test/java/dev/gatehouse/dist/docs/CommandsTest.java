package dev.gatehouse.dist.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.NetLab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every block of commands in the documentation is carried out, or it is said here why not. */
class CommandsTest {

  /** What becomes of a block. */
  sealed interface How {
    /** Carried out by a test of this class, with the substitutions it states. */
    record Here() implements How {}

    /** Followed by another test, or its steps are. */
    record ByTest(String test) implements How {}

    /** The same commands as on another page. */
    record SameAs(String page) implements How {}

    /** Takes minutes to hours: only looked at, whether everything it names exists. */
    record TooLong() implements How {}

    /** Cannot be carried out by a test. */
    record NotHere(String reason) implements How {}
  }

  /**
   * What becomes of the blocks of a page.
   *
   * @param page the page
   * @param contains a text that the blocks hold; empty for all blocks
   * @param how what becomes of them
   */
  private record Rule(String page, String contains, How how) {
    boolean isFor(String path, Block block) {
      return page.equals(path) && block.text().contains(contains);
    }
  }

  private static final List<Rule> RULES =
      List.of(
          new Rule("README.md", "gatehouse demo", new How.ByTest("DemoTest")),
          new Rule("README.md", "run --config gatehouse.toml", new How.Here()),
          new Rule("README.md", "resource add wiki", new How.Here()),
          new Rule("README.md", "relay --secret-file", new How.Here()),
          new Rule("README.md", "createuser", new How.SameAs("docs/postgres.md")),
          new Rule("README.md", "wg show gatehouse0", new How.ByTest("WgToolsTest")),
          new Rule("README.md", "./build verify", new How.NotHere("it is what runs this test")),
          new Rule("docs/admin.md", "admin.token", new How.ByTest("RemoteAccessTest")),
          new Rule("docs/admin.md", "curl --unix-socket", new How.Here()),
          new Rule("docs/console.md", "", new How.TooLong()),
          new Rule("docs/embedding.md", "", new How.ByTest("ExampleTest")),
          new Rule("docs/faults.md", "", new How.TooLong()),
          new Rule("docs/first-plugin.md", "", new How.ByTest("FirstPluginTest")),
          new Rule("docs/install.md", "apt install", new How.ByTest("PackageTest")),
          new Rule("docs/install.md", "relay.secret", new How.ByTest("PackageTest")),
          new Rule("docs/install.md", "credstore", new How.NotHere("needs a running systemd")),
          new Rule("docs/install.md", "tar -xzf", new How.ByTest("BareRootTest")),
          new Rule("docs/operations.md", "", new How.Here()),
          new Rule("docs/performance.md", "", new How.TooLong()),
          new Rule(
              "docs/postgres.md",
              "createuser",
              new How.NotHere("asks for a password; SharedStoreTest makes the role by itself")),
          new Rule("docs/postgres.md", "editor", new How.NotHere("opens an editor")),
          new Rule("docs/postgres.md", "pg_dump", new How.NotHere("needs the host db.example.com")),
          new Rule(
              "docs/postgres.md", "pg_restore", new How.NotHere("needs the host db.example.com")),
          new Rule("docs/postgres.md", "./build", new How.TooLong()),
          new Rule("docs/relay.md", "", new How.SameAs("README.md")),
          new Rule("docs/wireguard.md", "", new How.TooLong()),
          new Rule("docs/write-a-store.md", "", new How.ByTest("WriteAStoreTest")));

  private static final Pattern TEST_OPTION = Pattern.compile("-Dtest='?([A-Za-z*,]+)'?");
  private static final Pattern MODULES = Pattern.compile("-pl ([a-z,-]+)");
  private static final Pattern BENCH = Pattern.compile("(?m)^\\s*\\./bench ([a-z-]+)");
  private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#]+)(?:#[^)]*)?\\)");
  private static final Pattern NAMED_TEST = Pattern.compile("`([A-Z][A-Za-z0-9]+Test)`");

  @TempDir Path scratch;

  private static Stream<Path> pages() throws IOException {
    try (var files = Files.walk(Bundle.sources().resolve("docs"))) {
      return Stream.concat(
          Stream.of(Bundle.sources().resolve("README.md")),
          files.filter(file -> file.toString().endsWith(".md")))
          .sorted()
          .toList()
          .stream();
    }
  }

  private static String name(Path page) {
    return Bundle.sources().relativize(page).toString();
  }

  @Test
  void everyBlockIsCarriedOutOrItIsSaidWhyNot() throws IOException {
    var unused = new ArrayList<>(RULES);
    for (var path : pages().toList()) {
      var page = Page.read(path);
      for (var block : page.blocks("sh")) {
        if (block.skipped().isPresent()) {
          assertThat(block.skipped().get()).as("reason at %s", page.at(block)).isNotBlank();
          continue;
        }
        var rules = RULES.stream().filter(rule -> rule.isFor(name(path), block)).toList();
        assertThat(rules)
            .as(
                "%s: say in CommandsTest.RULES how these commands are tested, or behind the fence"
                    + " why they cannot be:%n%s",
                page.at(block), block.text())
            .isNotEmpty();
        unused.removeAll(rules);
        check(page, block, rules.getFirst().how());
      }
    }
    assertThat(unused).as("rules for which there is no block").isEmpty();
  }

  private static void check(Page page, Block block, How how) throws IOException {
    switch (how) {
      case How.Here _ -> {}
      case How.NotHere(var reason) -> assertThat(reason).isNotBlank();
      case How.ByTest(var test) -> assertThat(tests()).contains(test);
      case How.SameAs(var other) -> {
        var there = normal(Files.readString(Bundle.sources().resolve(other)));
        assertThat(block.text().lines())
            .as("%s, all of it in %s", page.at(block), other)
            .allMatch(line -> there.contains(normal(line)));
      }
      case How.TooLong _ -> checkNames(page, block);
    }
  }

  private static String normal(String text) {
    return text.replace("./gatehouse", "gatehouse");
  }

  private static void checkNames(Page page, Block block) throws IOException {
    var at = page.at(block);
    var modules = MODULES.matcher(block.text());
    while (modules.find()) {
      assertThat(modules.group(1).split(",", -1))
          .as(at)
          .allMatch(name -> Files.exists(Bundle.sources().resolve(name).resolve("pom.xml")));
    }
    var tests = TEST_OPTION.matcher(block.text());
    while (tests.find()) {
      for (var name : tests.group(1).split(",", -1)) {
        var pattern = Pattern.compile(name.replace("*", ".*"));
        assertThat(tests()).as(at).anyMatch(test -> pattern.matcher(test).matches());
      }
    }
    var benches = BENCH.matcher(block.text());
    while (benches.find()) {
      assertThat(benchmarks()).as(at).contains("name = \"" + benches.group(1) + "\"");
    }
  }

  private static Set<String> tests() throws IOException {
    try (var files = Files.walk(Bundle.sources(), 14)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.java"))
          .map(name -> name.substring(0, name.length() - 5))
          .collect(Collectors.toSet());
    }
  }

  private static String benchmarks() throws IOException {
    var all = new StringBuilder();
    try (var files = Files.walk(Bundle.sources().resolve("benchmarks/src/main/java"))) {
      for (var file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    for (var page : pages().toList()) {
      var links = LINK.matcher(Files.readString(page));
      while (links.find()) {
        assertThat(page.resolveSibling(links.group(1)).normalize())
            .as("a link in %s", name(page))
            .exists();
      }
    }
  }

  @Test
  void theThreatModelNamesTestsThatExist() throws IOException {
    var page = Files.readString(Bundle.sources().resolve("docs/threat-model.md"));
    var named = NAMED_TEST.matcher(page).results().map(found -> found.group(1)).toList();
    assertThat(named).hasSizeGreaterThan(30);
    assertThat(tests()).containsAll(named);
  }

  /**
   * In a network namespace and a directory of the test's own: without {@code sudo}, with {@code
   * run} and {@code relay} in the background, and the directories of the machine replaced.
   */
  @Test
  @Tag("kernel")
  void theCommandsOfTheReadmeWork() throws Exception {
    NetLab.needsTun();
    NetLab.needs("curl", "openssl");
    try (var lab = NetLab.open()) {
      prepare(lab);
      var readme =
          follow(
              "README.md",
              block -> isHere("README.md", block),
              commands ->
                  commands.contains("gatehouse relay ") // the file is the gateway's
                      ? "export GATEHOUSE_CONFIG=\n" + commands
                      : commands);
      assertThat(readme.all())
          .contains("Everything is in order; nothing was opened.")
          .contains("[Interface]");
    }
  }

  @Test
  @Tag("kernel")
  void theCommandsForOperatorsWork() throws Exception {
    NetLab.needsTun();
    NetLab.needs("curl", "openssl");
    try (var lab = NetLab.open()) {
      prepare(lab);
      follow(
          "docs/operations.md",
          block -> isHere("docs/operations.md", block),
          commands ->
              commands
                  .replace("gatehouse store backup", start() + "gatehouse store backup")
                  .replace(
                      "gatehouse store restore",
                      "kill %1; wait %1 || true\ngatehouse store restore"));
      follow(
          "docs/admin.md",
          block -> isHere("docs/admin.md", block),
          commands -> start() + "curl --fail " + commands.substring("curl ".length()));
    }
  }

  private static boolean isHere(String page, Block block) {
    return RULES.stream()
        .anyMatch(rule -> rule.isFor(page, block) && rule.how() instanceof How.Here);
  }

  private static String start() {
    return "gatehouse run --config gatehouse.toml\n";
  }

  /** The README's configuration, and a program that works in the namespace. */
  private void prepare(NetLab lab) throws IOException {
    var machine = lab.namespace("gw");
    var bin = Files.createDirectories(scratch.resolve("bin")).resolve("gatehouse");
    Files.writeString(
        bin,
        "#!/bin/sh\nexec ip netns exec %s '%s' \"$@\"\n"
            .formatted(machine.name(), Bundle.program()));
    Files.setPosixFilePermissions(bin, PosixFilePermissions.fromString("rwxr-xr-x"));
    var page = Page.read(Bundle.sources().resolve("README.md"));
    Files.writeString(
        Files.createDirectories(scratch.resolve("here")).resolve("gatehouse.toml"),
        placed(page.blocks("toml").getFirst().text()) + "\n[admin]\nuapi = false\n");
  }

  private String placed(String text) {
    return text.replace("/var/lib/gatehouse", scratch + "/state")
        .replace("/var/log/gatehouse", scratch + "/logs");
  }

  private Transcript follow(String page, Predicate<Block> blocks, UnaryOperator<String> change)
      throws Exception {
    return Walk.along(Page.read(Bundle.sources().resolve(page)))
        .from(scratch.resolve("here"))
        .with("PATH", scratch.resolve("bin") + ":" + System.getenv("PATH"))
        .with("GATEHOUSE_CONFIG", scratch.resolve("here/gatehouse.toml").toString())
        .with("STATE_DIRECTORY", scratch.resolve("relay-state").toString())
        .only(blocks)
        .changing(commands ->
            inBackground(
                change.apply(
                    placed(commands.replace("sudo ", "").replace("./gatehouse", "gatehouse")))))
        .follow(scratch)
        .assertAsShown();
  }

  /** What runs until it is stopped goes to the background, and is waited for. */
  private static String inBackground(String commands) {
    return commands
        .lines()
        .map(line ->
            line.startsWith("gatehouse run ") || line.startsWith("gatehouse relay --")
                ? ": >ran.log; "
                    + line
                    + " >>ran.log 2>&1 &\n"
                    + "until grep -q 'gatehouse ready' ran.log; do"
                    + " kill -0 $! || { cat ran.log; exit 1; }; sleep 0.1; done"
                : line)
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
