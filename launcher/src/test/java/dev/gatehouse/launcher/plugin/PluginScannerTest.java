package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.api.spi.StageProvider;
import dev.gatehouse.launcher.plugin.InstalledPlugin.State;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginScannerTest {

  @TempDir Path work;

  private final PluginLayers layers = new PluginLayers();

  private PluginJars jars = new PluginJars(Path.of(""));

  @BeforeEach
  void oneSoundPluginIsThere() {
    jars = new PluginJars(work);
    jars.stage("acme.sound", "sound").into("sound");
  }

  private Catalogue catalogue() {
    var searched = List.of(jars.plugins());
    return Catalogue.of(List.of(), new PluginScanner(layers).scan(searched), searched, layers);
  }

  /** The one plugin that is not sound; the sound one must be usable beside it. */
  private InstalledPlugin other() {
    var all = catalogue().plugins();
    assertThat(all.stream().filter(plugin -> plugin.name().equals("sound")))
        .singleElement()
        .satisfies(plugin -> assertThat(plugin.stateLabel()).isEqualTo("usable"));
    var others = all.stream().filter(plugin -> !plugin.name().equals("sound")).toList();
    assertThat(others).hasSize(1);
    return others.getFirst();
  }

  @Test
  void aSoundPluginIsDescribed() {
    var plugin = catalogue().plugins().getFirst();

    assertThat(plugin.name()).isEqualTo("sound");
    assertThat(plugin.kind()).contains(PluginKind.STAGE);
    assertThat(plugin.version()).contains("1.2.3");
    assertThat(plugin.directory()).contains(jars.plugins().resolve("sound"));
    assertThat(plugin.summary()).isEqualTo("A stage for tests.");
    assertThat(plugin.provider().orElseThrow()).isInstanceOf(StageProvider.class);
  }

  @Test
  void noDirectoryHoldsNoPlugin() {
    assertThat(new PluginScanner(layers).scan(List.of(work.resolve("nowhere")))).isEmpty();
  }

  @Test
  void aStrayApiJarIsIgnored() throws IOException {
    jars.stage("acme.stray", "stray").into("stray");
    Path api =
        Path.of(StageProvider.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    assumeTrue(Files.isRegularFile(api), "the api is not packed in this build");
    Files.copy(api, jars.plugins().resolve("stray/gatehouse-api.jar"));

    assertThat(other().stateLabel()).isEqualTo("usable");
  }

  @Test
  void twoPluginsMayCarryDifferentVersionsOfOneLibrary() {
    for (var number : List.of("one", "two")) {
      var library =
          jars.module("acme.library")
              .info("exports acme.library;")
              .source(
                  "acme.library.Number",
                  "package acme.library; public class Number { public static String value() {"
                      + " return \""
                      + number
                      + "\"; } }")
              .into(number);
      jars.module("acme." + number)
          .with(library)
          .info(
              "requires dev.gatehouse.api; requires acme.library; provides"
                  + " dev.gatehouse.api.spi.StageProvider with acme."
                  + number
                  + ".Provider;")
          .source(
              "acme." + number + ".Provider",
              PluginJars.stageProvider("acme." + number, number, "")
                  .replace("\"A stage for tests.\"", "acme.library.Number.value()"))
          .into(number);
    }

    assertThat(catalogue().plugins().stream().map(InstalledPlugin::summary))
        .containsExactly("one", "A stage for tests.", "two");
  }

  @Test
  void severalProvidersInOneDirectoryAreAllFound() {
    jars.module("acme.pair")
        .info(
            "requires dev.gatehouse.api; provides dev.gatehouse.api.spi.StageProvider with"
                + " acme.pair.a.Provider, acme.pair.b.Provider;")
        .source("acme.pair.a.Provider", PluginJars.stageProvider("acme.pair.a", "left", ""))
        .source("acme.pair.b.Provider", PluginJars.stageProvider("acme.pair.b", "right", ""))
        .into("pair");

    assertThat(catalogue().plugins().stream().map(InstalledPlugin::name))
        .containsExactly("left", "right", "sound");
  }

  @Test
  void aCorruptJarIsBroken() throws IOException {
    Files.createDirectories(jars.plugins().resolve("corrupt"));
    Files.write(jars.plugins().resolve("corrupt/a.jar"), new byte[] {1, 2, 3});

    assertThat(other().sentence())
        .startsWith("Plugin 'corrupt' in " + jars.plugins().resolve("corrupt"))
        .contains("a jar cannot be read")
        .contains("install it again");
  }

  @Test
  void aTruncatedJarIsBroken() throws IOException {
    Path jar = jars.stage("acme.half", "half").into("half");
    var bytes = Files.readAllBytes(jar);
    Files.write(jar, java.util.Arrays.copyOf(bytes, bytes.length / 2));

    assertThat(other().stateLabel()).isEqualTo("broken");
  }

  @Test
  void aMissingModuleIsNamed() throws IOException {
    var library =
        jars.module("acme.gone")
            .info("exports acme.gone;")
            .source("acme.gone.A", "package acme.gone; public class A {}")
            .aside();
    jars.module("acme.lonely")
        .with(library)
        .info(
            "requires dev.gatehouse.api; requires acme.gone; provides"
                + " dev.gatehouse.api.spi.StageProvider with acme.lonely.Provider;")
        .source("acme.lonely.Provider", PluginJars.stageProvider("acme.lonely", "lonely", ""))
        .into("lonely");

    assertThat(other().sentence())
        .contains("Module acme.gone not found, required by acme.lonely")
        .contains("put the jar that holds it beside the others");
  }

  @Test
  void aMissingClassIsNamed() throws IOException {
    Path jar =
        jars.module("acme.holey")
            .info(
                "requires dev.gatehouse.api; provides dev.gatehouse.api.spi.StageProvider with"
                    + " acme.holey.Provider;")
            .source(
                "acme.holey.Provider",
                PluginJars.stageProvider(
                    "acme.holey", "holey", "public Provider() { new Needed(); }"))
            .source("acme.holey.Needed", "package acme.holey; class Needed {}")
            .into("holey");
    try (var zip = FileSystems.newFileSystem(jar)) {
      Files.delete(zip.getPath("acme/holey/Needed.class"));
    }

    assertThat(other().sentence()).contains("the class acme.holey.Needed is missing");
    assertThat(other().kind()).contains(PluginKind.STAGE);
  }

  @Test
  void anErrorInTheConstructorIsContained() {
    jars.stage("acme.rude", "rude")
        .source(
            "acme.rude.Provider",
            PluginJars.stageProvider(
                "acme.rude",
                "rude",
                "public Provider() { throw new StackOverflowError(\"boo\"); }"))
        .into("rude");

    assertThat(other().sentence()).contains("it failed with StackOverflowError: boo");
  }

  @Test
  void anErrorInAStaticInitializerIsContained() {
    jars.stage("acme.early", "early")
        .source(
            "acme.early.Provider",
            PluginJars.stageProvider(
                "acme.early", "early", "static final int A = 1 / Integer.parseInt(\"0\");"))
        .into("early");

    assertThat(other().stateLabel()).isEqualTo("broken");
  }

  @Test
  void aProviderWithoutIdIsBroken() {
    jars.stage("acme.anon", "anon")
        .source(
            "acme.anon.Provider",
            PluginJars.stageProvider("acme.anon", "anon", "")
                .replace("return new dev.gatehouse.api.spi.PluginId(\"anon\");", "return null;"))
        .into("anon");

    assertThat(other().sentence()).contains("returns nothing from id()");
  }

  @Test
  void anInvalidIdIsBroken() {
    jars.stage("acme.badid", "Not An Id").into("badid");

    assertThat(other().sentence()).contains("'Not An Id' is not a plugin id");
  }

  @Test
  void splitPackagesAreBroken() {
    var one =
        jars.module("acme.one")
            .info("exports acme.shared;")
            .source("acme.shared.A", "package acme.shared; public class A {}")
            .into("split");
    var two =
        jars.module("acme.two")
            .info("exports acme.shared;")
            .source("acme.shared.B", "package acme.shared; public class B {}")
            .into("split");
    jars.stage("acme.split", "split").into("split");
    assertThat(List.of(one, two)).allMatch(Files::exists);

    assertThat(other().sentence())
        .contains("its modules do not fit together")
        .contains("acme.shared");
  }

  @Test
  void aDirectoryWithoutAProviderIsBroken() {
    jars.module("acme.idle")
        .info("")
        .source("acme.idle.A", "package acme.idle; class A {}")
        .into("idle");

    assertThat(other().sentence()).contains("no module in it provides a plugin (found acme.idle)");
  }

  @Test
  void anUnsupportedPluginSaysWhy() {
    jars.stage("acme.alien", "alien")
        .source(
            "acme.alien.Provider",
            PluginJars.stageProvider(
                "acme.alien",
                "alien",
                "public java.util.Optional<String> unsupportedBecause() { return"
                    + " java.util.Optional.of(\"It needs Plan 9.\"); }"))
        .into("alien");

    assertThat(other().stateLabel()).isEqualTo("unsupported");
    assertThat(other().sentence())
        .isEqualTo("Plugin 'alien' cannot work on this machine: It needs Plan 9.");
  }

  @Test
  void aPluginForAnotherApiIsIncompatibleWithoutItsClassesBeingLoaded() {
    jars.module("acme.future")
        .against("99.1.0")
        .info(
            "requires dev.gatehouse.api; provides dev.gatehouse.api.spi.StageProvider with"
                + " acme.future.Provider;")
        .source(
            "acme.future.Provider",
            "package acme.future; public class Provider implements"
                + " dev.gatehouse.api.spi.StageProvider { static { Runtime.getRuntime().halt(9); }"
                + " }")
        .into("future");

    var plugin = other();

    assertThat(plugin.state()).isInstanceOf(State.Incompatible.class);
    assertThat(plugin.kind()).contains(PluginKind.STAGE);
    assertThat(plugin.sentence())
        .contains("built against version 99.1.0 of the Gatehouse API, but this is 0.");
  }

  @Test
  void twoPluginsWithOneIdAreBothUnusable() {
    jars.stage("acme.first", "twin").into("first");
    jars.stage("acme.second", "twin").into("second");

    var twins = catalogue().plugins().stream().filter(plugin -> plugin.name().equals("twin"));

    assertThat(twins)
        .hasSize(2)
        .allSatisfy(twin -> {
          assertThat(twin.stateLabel()).isEqualTo("broken");
          assertThat(twin.sentence()).contains("the id is used twice, also in");
        });
  }

  @Test
  void jarsAnybodyMayWriteAreNotLoaded() throws IOException {
    Path jar = jars.stage("acme.open", "open").into("open");
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-rw-rw-"));

    assertThat(other().sentence())
        .contains("every user of this machine may write " + jar)
        .contains("chmod o-w");
  }

  @Test
  void providersPassedAsObjectsWinOverDirectories() {
    var found = new PluginScanner(layers).scan(List.of(jars.plugins()));
    var provider = found.getFirst().provider().orElseThrow();

    var catalogue = Catalogue.of(List.of(provider), found, List.of(jars.plugins()), layers);

    assertThat(catalogue.plugins())
        .singleElement()
        .satisfies(plugin -> {
          assertThat(plugin.directory()).isEmpty();
          assertThat(plugin.stateLabel()).isEqualTo("usable");
        });
  }

  @Test
  void aProviderThatHangsIsLeftBehind() throws IOException {
    jars = new PluginJars(Files.createDirectory(work.resolve("alone")));
    jars.stage("acme.slow", "slow")
        .source(
            "acme.slow.Provider",
            PluginJars.stageProvider(
                "acme.slow",
                "slow",
                "public Provider() throws InterruptedException {"
                    + " new java.util.concurrent.CountDownLatch(1).await(); }"))
        .into("slow");

    var found = new PluginScanner(layers, Duration.ofSeconds(1)).scan(List.of(jars.plugins()));

    assertThat(found)
        .singleElement()
        .satisfies(plugin ->
            assertThat(plugin.sentence()).contains("it did not say within 1s what it is"));
  }

  @Test
  void aNativeLibraryForAnotherMachineIsSaid() throws IOException {
    Path library = Files.write(work.resolve("libother.so"), new byte[] {0x7f, 'E', 'L', 'F', 9});
    jars.stage("acme.foreign", "foreign")
        .source(
            "acme.foreign.Provider",
            PluginJars.stageProvider(
                "acme.foreign", "foreign", "static { System.load(\"" + library + "\"); }"))
        .into("foreign");

    assertThat(other().sentence())
        .contains("its native library does not fit this machine")
        .contains("install the plugin made for " + System.getProperty("os.name"));
  }

  @Test
  void aProviderThatIsNotInTheJarIsSaid() throws IOException {
    Path jar = jars.stage("acme.empty", "empty").into("empty");
    try (var zip = FileSystems.newFileSystem(jar)) {
      Files.delete(zip.getPath("acme/empty/Provider.class"));
    }

    assertThat(other().stateLabel()).isEqualTo("broken");
    assertThat(other().sentence())
        .contains("Provider acme.empty.Provider not found")
        .contains("install it again");
  }

  @Test
  void classesOfANewerJavaAreSaid() throws IOException {
    Path jar = jars.stage("acme.newer", "newer").into("newer");
    try (var zip = FileSystems.newFileSystem(jar)) {
      Path type = zip.getPath("acme/newer/Provider.class");
      var bytes = Files.readAllBytes(type);
      bytes[7] = (byte) 200;
      Files.write(type, bytes);
    }

    assertThat(other().sentence()).contains("it was compiled for a newer Java");
  }

  @Test
  void aDamagedClassIsSaid() throws IOException {
    Path jar = jars.stage("acme.garbled", "garbled").into("garbled");
    try (var zip = FileSystems.newFileSystem(jar)) {
      Files.write(zip.getPath("acme/garbled/Provider.class"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    }

    assertThat(other().stateLabel()).isEqualTo("broken");
    assertThat(other().sentence()).contains("it does not fit this release (ClassFormatError");
  }

  @Test
  void aDamagedModuleDescriptorIsSaid() throws IOException {
    Path jar = jars.stage("acme.torn", "torn").into("torn");
    try (var zip = FileSystems.newFileSystem(jar)) {
      Files.write(zip.getPath("module-info.class"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    }

    assertThat(other().sentence()).contains("a jar is not a valid module");
  }

  @Test
  void twoJarsWithOneModuleAreSaid() throws IOException {
    Path jar = jars.stage("acme.dup", "dup").into("dup");
    Files.copy(jar, jar.resolveSibling("copy.jar"));

    assertThat(other().sentence())
        .contains("module acme.dup is in both acme.dup.jar and copy.jar")
        .contains("remove the jar that is too many");
  }

  @Test
  void aMethodThatIsGoneIsSaid() throws IOException {
    jars.module("acme.help")
        .info("exports acme.help;")
        .source("acme.help.Help", "package acme.help; public class Help {}")
        .into("gone");
    var older =
        jars.module("acme.help")
            .info("exports acme.help;")
            .source(
                "acme.help.Help",
                "package acme.help; public class Help { public static String text() { return \"\"; } }")
            .aside();
    jars.module("acme.gone")
        .with(older)
        .info(
            "requires dev.gatehouse.api; requires acme.help; provides"
                + " dev.gatehouse.api.spi.StageProvider with acme.gone.Provider;")
        .source(
            "acme.gone.Provider",
            PluginJars.stageProvider("acme.gone", "gone", "")
                .replace("\"A stage for tests.\"", "acme.help.Help.text()"))
        .into("gone");

    assertThat(other().sentence()).contains("it does not fit this release (NoSuchMethodError");
  }

  @Test
  void anAbstractMethodThatIsNotImplementedIsSaid() throws IOException {
    jars.stage("acme.partial", "partial")
        .source(
            "acme.partial.Provider",
            PluginJars.stageProvider(
                "acme.partial",
                "partial",
                "public java.util.Optional<String> unsupportedBecause() { throw new"
                    + " AbstractMethodError(\"x\"); }"))
        .into("partial");

    assertThat(other().sentence())
        .contains("it does not fit this release (AbstractMethodError: x)");
  }

  @Test
  void pluginsDoNotSeeEachOthersLibraries() throws IOException {
    var library =
        jars.module("acme.left")
            .info("exports acme.left;")
            .source("acme.left.A", "package acme.left; public class A {}")
            .into("left");
    jars.module("acme.right")
        .with(library)
        .info(
            "requires dev.gatehouse.api; requires acme.left; provides"
                + " dev.gatehouse.api.spi.StageProvider with acme.right.Provider;")
        .source("acme.right.Provider", PluginJars.stageProvider("acme.right", "right", ""))
        .into("right");

    assertThat(catalogue().plugins().stream().filter(plugin -> plugin.name().equals("right")))
        .singleElement()
        .satisfies(plugin ->
            assertThat(plugin.sentence())
                .contains("Module acme.left not found, required by acme.right"));
  }

  @Test
  void emptyDirectoriesAndStrayFilesAreNoPlugins() throws IOException {
    Files.createDirectories(jars.plugins().resolve("empty"));
    Files.writeString(jars.plugins().resolve("README"), "x");
    Files.writeString(jars.plugins().resolve("empty/notes.txt"), "x");

    assertThat(catalogue().plugins()).hasSize(1);
  }
}
