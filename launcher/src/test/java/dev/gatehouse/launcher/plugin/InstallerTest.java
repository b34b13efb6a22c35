package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.api.GatehouseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstallerTest {

  @TempDir Path work;

  private PluginJars jars = new PluginJars(Path.of(""));
  private Path plugins = Path.of("");

  @BeforeEach
  void prepare() throws IOException {
    jars = new PluginJars(Files.createDirectories(work.resolve("jars")));
    plugins = work.resolve("plugins");
  }

  private PluginJars.Module greeter() {
    return jars.stage("acme.greeter", "greeter")
        .descriptor("greeter", "kind = stage\nsummary = A stage for tests.\n");
  }

  private Installer.Done install(Path source) {
    return install(source, Optional.empty(), false);
  }

  private Installer.Done install(Path source, Optional<String> sha256, boolean replace) {
    return new Installer(plugins, found()).install(source, sha256, replace);
  }

  private List<InstalledPlugin> found() {
    try (var layers = new PluginLayers()) {
      return new PluginScanner(layers).scan(List.of(plugins));
    }
  }

  /** The reason for a refusal, after which nothing is left behind. */
  private String refused(Path source) throws IOException {
    return refused(source, Optional.empty());
  }

  private String refused(Path source, Optional<String> sha256) throws IOException {
    var before = Files.exists(plugins) ? names(plugins) : List.<String>of();
    var problem =
        catchThrowableOfType(GatehouseException.class, () -> install(source, sha256, false));
    assertThat(problem).isNotNull();
    assertThat(Files.exists(plugins) ? names(plugins) : List.of()).isEqualTo(before);
    return String.valueOf(problem.getMessage());
  }

  private static List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Path zip(String... names) throws IOException {
    var file = work.resolve("greeter-1.zip");
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (var name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(
            name.endsWith("greeter.jar") ? Files.readAllBytes(greeter().aside()) : new byte[9]);
      }
    }
    return file;
  }

  private Path tar(char type, String name, byte[] content) throws IOException {
    var file = work.resolve("greeter-1.tar.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      var header = new byte[512];
      put(header, 0, name);
      put(header, 124, "%011o".formatted(content.length));
      header[156] = (byte) type;
      put(header, 257, "ustar");
      out.write(header);
      out.write(content);
      out.write(new byte[(512 - content.length % 512) % 512 + 1024]);
    }
    return file;
  }

  private static void put(byte[] header, int at, String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  @Test
  void aJarIsInstalledAndRecorded() throws IOException {
    var done = install(greeter().aside());

    assertThat(done.directory()).isEqualTo(plugins.resolve("greeter"));
    assertThat(done.plugins())
        .singleElement()
        .extracting(InstalledPlugin::name)
        .isEqualTo("greeter");
    assertThat(names(plugins)).containsExactly("greeter");
    assertThat(names(done.directory())).containsExactly("SHA256SUMS", "acme.greeter.jar");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(done.directory())))
        .isEqualTo("rwxr-xr-x");
    assertThat(found()).singleElement().extracting(InstalledPlugin::stateLabel).isEqualTo("usable");
    assertThat(Verification.of(found().getFirst()).problems()).isEmpty();
  }

  @Test
  void aZipWithOneDirectoryIsInstalled() throws IOException {
    var done = install(zip("greeter-1/", "greeter-1/acme.greeter.jar", "greeter-1/LICENSE"));

    assertThat(names(done.directory()))
        .containsExactly("LICENSE", "SHA256SUMS", "acme.greeter.jar");
  }

  @Test
  void aTarIsInstalled() throws IOException {
    var done = install(tar('0', "./acme.greeter.jar", Files.readAllBytes(greeter().aside())));

    assertThat(names(done.directory())).containsExactly("SHA256SUMS", "acme.greeter.jar");
  }

  @Test
  void aDirectoryIsInstalled() throws IOException {
    greeter().into("anything");

    assertThat(names(install(jars.plugins().resolve("anything")).directory()))
        .containsExactly("SHA256SUMS", "acme.greeter.jar");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil.jar",
        "a/../../evil.jar",
        "/etc/evil.jar",
        "C:\\evil.jar",
        "a\\..\\evil.jar",
        "a//evil.jar",
        "evil\n.jar",
        ".."
      })
  void namesThatLeadOutAreRefused(String name) throws IOException {
    assertThat(refused(zip("acme.greeter.jar", name))).contains("is not a plain name");
    assertThat(refused(tar('0', name, new byte[3]))).contains("is not a plain name");
  }

  @Test
  void aNameTwiceIsRefused() throws IOException {
    assertThat(refused(zip("acme.greeter.jar", "a.txt", "A.TXT"))).contains("twice");
  }

  @ParameterizedTest
  @ValueSource(chars = {'1', '2', '3', '4', '6', 'S', 'L', 'K'})
  void linksAndDevicesAreRefused(char type) throws IOException {
    assertThat(refused(tar(type, "a.jar", new byte[0]))).contains("is not installed");
  }

  @Test
  void anArchiveThatUnpacksToTooMuchIsRefusedWhileUnpacking() throws IOException {
    var file = tar('0', "a.jar", new byte[3_000_000]);
    var into = Files.createDirectory(work.resolve("into"));

    var problem = catchThrowableOfType(Refusal.class, () -> Archive.unpack(file, into, 1_000_000));

    assertThat(problem).hasMessageContaining("unpacks to more than");
    assertThat(Files.size(into.resolve("a.jar"))).isLessThanOrEqualTo(1_000_000);
  }

  @Test
  void tooManyFilesAreRefused() throws IOException {
    var names = Stream.iterate(0, i -> i + 1).limit(Archive.MOST_FILES + 1L).map(i -> "f" + i);

    assertThat(refused(zip(names.toArray(String[]::new)))).contains("more than 2000 files");
  }

  @Test
  void truncatedArchivesAreRefused() throws IOException {
    var whole = Files.readAllBytes(tar('0', "a.jar", new byte[100_000]));
    for (int length : List.of(0, 5, 30, whole.length / 2, whole.length - 9)) {
      var file = work.resolve("cut.tar.gz");
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThat(refused(file)).contains("is not installed");
      Files.copy(file, work.resolve("cut.zip"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      assertThat(refused(work.resolve("cut.zip"))).contains("is not installed");
    }
  }

  @Test
  void theChecksumGivenDecides() throws IOException {
    var jar = greeter().aside();

    assertThat(refused(jar, Optional.of("0".repeat(64)))).contains("its SHA-256 is ");
    assertThat(refused(jar, Optional.of("abc"))).contains("is not a SHA-256");
    assertThat(install(jar, Optional.of(Checksums.of(jar)), false).checked()).isTrue();
  }

  @Test
  void theChecksumBesideDecides() throws IOException {
    var jar = greeter().aside();
    var beside = jar.resolveSibling(jar.getFileName() + ".sha256");
    Files.writeString(beside, "0".repeat(64) + "  acme.greeter.jar\n");
    assertThat(refused(jar)).contains("its SHA-256 is ");

    Files.writeString(beside, Checksums.of(jar) + "  acme.greeter.jar\n");
    assertThat(install(jar).checked()).isTrue();
  }

  @Test
  void anInstalledOneIsReplacedOnlyOnDemand() throws IOException {
    var jar = greeter().aside();
    install(jar);

    assertThat(refused(jar)).contains("Replace it with --replace.");
    assertThat(install(jar, Optional.empty(), true).replaced()).isTrue();
    assertThat(names(plugins)).containsExactly("greeter");
  }

  @Test
  void anIdThatSomebodyElseHasIsRefused() throws IOException {
    install(greeter().aside());
    Files.move(plugins.resolve("greeter"), plugins.resolve("other"));

    assertThat(refused(greeter().aside())).contains("two plugins with one id are both unusable");
  }

  @Test
  void whatWouldNotStartIsRefused() throws IOException {
    assertThat(refused(jars.stage("acme.bare", "bare").aside()))
        .contains("it has no descriptor META-INF/gatehouse/plugins/<id>.properties.");
    assertThat(
            refused(
                greeter()
                    .descriptor("greeter", "kind=stage\nsummary=A stage for tests.\napi=7.0\n")
                    .aside()))
        .contains("was built against version 7.0");
    assertThat(
            refused(
                greeter()
                    .descriptor(
                        "greeter", "kind=stage\nsummary=A stage for tests.\nplatforms=plan9-vax\n")
                    .aside()))
        .contains("made for plan9-vax");
    assertThat(
            refused(
                greeter()
                    .source(
                        "acme.greeter.Provider",
                        PluginJars.stageProvider("acme.greeter", "greeter", "")
                            .replace("return new Config();", "return null;"))
                    .aside()))
        .contains("it returns no configuration for an empty section");
    assertThat(
            refused(
                jars.stage("dev.gatehouse.greeter", "greeter")
                    .descriptor("greeter", "kind=stage\nsummary=A stage for tests.\n")
                    .aside()))
        .contains("begins with 'dev.gatehouse.'");
    assertThat(refused(Files.writeString(work.resolve("notes.txt"), "x")))
        .contains("neither a jar, a zip");
    assertThat(refused(work.resolve("nowhere.jar"))).contains("There is no file or directory");
  }

  @Test
  void aDisabledOneCanBeReplacedAndStaysDisabled() throws IOException {
    install(greeter().aside());
    DisabledPlugins.set(plugins.resolve("greeter"), "greeter", true);

    install(greeter().aside(), Optional.empty(), true);

    assertThat(found())
        .singleElement()
        .extracting(InstalledPlugin::stateLabel)
        .isEqualTo("disabled");
  }

  @Test
  void removingLeavesNothingBehind() throws IOException {
    install(greeter().aside());

    Installer.remove(found().getFirst());

    assertThat(names(plugins)).isEmpty();
  }

  @Test
  void aDescriptorIsReadAsItWasWritten() {
    var text =
        "kind = stage\nsummary = One \\\\ two\nplatforms = linux-x86_64\nlibraries = a.so, b.so\n";
    var descriptor = Descriptor.parse("some-id", text);

    assertThat(descriptor.text()).isEqualTo(text);
    assertThat(Descriptor.parse("some-id", descriptor.text())).isEqualTo(descriptor);
  }

  @Test
  void rangesOfTheApiHoldWhatTheySay() {
    var range = ApiRange.parse("0.2 - 0.4").orElseThrow();
    for (var version : List.of("0.2.0", "0.3.9", "0.4.7")) {
      assertThat(range.holds(ApiVersion.parse(version).orElseThrow())).as(version).isTrue();
    }
    for (var version : List.of("0.1.0", "0.5.0", "1.2.0")) {
      assertThat(range.holds(ApiVersion.parse(version).orElseThrow())).as(version).isFalse();
    }
    assertThat(ApiRange.parse("0.4 - 0.2")).isEmpty();
    assertThat(ApiRange.parse("newest")).isEmpty();
  }

  @Test
  void theWholeOutputOfTarIsUnderstood() throws Exception {
    var directory = Files.createDirectories(work.resolve("packed/greeter-1"));
    Files.copy(greeter().aside(), directory.resolve("acme.greeter.jar"));
    var file = work.resolve("packed.tgz");
    var tar =
        new ProcessBuilder(
                "tar",
                "--format=posix",
                "-C",
                work.resolve("packed") + "",
                "-czf",
                file + "",
                "greeter-1")
            .redirectErrorStream(true)
            .start();
    var said = new ByteArrayOutputStream();
    tar.getInputStream().transferTo(said);
    assertThat(tar.waitFor()).as(said.toString(StandardCharsets.UTF_8)).isZero();

    assertThat(names(install(file).directory())).containsExactly("SHA256SUMS", "acme.greeter.jar");
  }
}
