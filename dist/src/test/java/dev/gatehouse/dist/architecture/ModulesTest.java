package dev.gatehouse.dist.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.gatehouse.dist.Bundle;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the modules say of themselves, and how they fit together in the bundle. */
class ModulesTest {

  private static final Path GOLDEN = Bundle.sources().resolve("dist/src/test/golden");
  private static final boolean WRITE = Boolean.getBoolean("gatehouse.golden.write");

  @TestFactory
  Stream<DynamicTest> descriptorsAreAsReviewed() {
    return Bundle.ownJars().stream()
        .map(jar ->
            DynamicTest.dynamicTest(
                jar.getFileName().toString(), () -> compareWithGolden(descriptor(jar))));
  }

  private static void compareWithGolden(ModuleDescriptor descriptor) throws IOException {
    var file = GOLDEN.resolve(descriptor.name() + ".txt");
    var actual = Descriptors.describe(descriptor);
    if (WRITE) {
      Files.createDirectories(GOLDEN);
      Files.writeString(file, actual);
    }
    assertThat(file).as("run ./build verify -Dgatehouse.golden.write and review the file").exists();
    assertThat(actual)
        .as(
            "the descriptor of %s; if the change is wanted, run './build verify"
                + " -Dgatehouse.golden.write=true' and commit %s",
            descriptor.name(), Bundle.sources().relativize(file))
        .isEqualTo(Files.readString(file));
  }

  @Test
  void noGoldenDescriptorIsLeftBehind() throws IOException {
    var names =
        Bundle.ownJars().stream()
            .map(jar -> descriptor(jar).name() + ".txt")
            .collect(Collectors.toSet());
    try (var files = Files.list(GOLDEN)) {
      assertThat(files.map(file -> file.getFileName().toString())).isSubsetOf(names);
    }
  }

  @Test
  void pluginsExportTheirRootAndWhatGeneratedStubsNeed() {
    for (var directory : Bundle.pluginDirectories()) {
      var descriptor = descriptor(ownJarOf(directory));
      var exported =
          descriptor.exports().stream()
              .map(ModuleDescriptor.Exports::source)
              .collect(Collectors.toSet());
      assertThat(exported)
          .as("exports of %s", descriptor.name())
          .isSubsetOf(descriptor.name(), descriptor.name() + ".abi");
      assertThat(descriptor.exports()).as("qualified exports").noneMatch(e -> e.isQualified());
    }
  }

  @Test
  void moduleRootPackageAndFolderShareOneName() {
    for (var jar : Bundle.ownJars()) {
      var descriptor = descriptor(jar);
      assertThat(descriptor.packages())
          .as("packages of %s", descriptor.name())
          .allMatch(
              name -> name.equals(descriptor.name()) || name.startsWith(descriptor.name() + "."));
    }
  }

  @Test
  void servicesAreDeclaredInModuleDescriptorsOnly() throws IOException {
    for (var jar : Bundle.ownJars()) {
      try (var file = new JarFile(jar.toFile())) {
        assertThat(file.stream().map(entry -> entry.getName()))
            .as("entries of %s", jar.getFileName())
            .noneMatch(name -> name.startsWith("META-INF/services/"));
      }
    }
  }

  @Test
  void everyPluginProvidesSomething() {
    for (var directory : Bundle.pluginDirectories()) {
      assertThat(descriptor(ownJarOf(directory)).provides())
          .as("provides of %s", directory.getFileName())
          .isNotEmpty();
    }
  }

  @Test
  void everyModuleIsNullMarked() throws IOException {
    for (var jar : Bundle.ownJars()) {
      try (var file = new JarFile(jar.toFile())) {
        var bytes = file.getInputStream(file.getEntry("module-info.class")).readAllBytes();
        var annotations =
            ClassFile.of()
                .parse(bytes)
                .findAttribute(Attributes.runtimeVisibleAnnotations())
                .map(found -> found.annotations())
                .orElse(List.of());
        assertThat(annotations)
            .as("annotations of %s", jar.getFileName())
            .anyMatch(a -> a.className().equalsString("Lorg/jspecify/annotations/NullMarked;"));
      }
    }
  }

  @Test
  void theHostHasExplicitModulesOnly() {
    var finder = ModuleFinder.of(Bundle.home().resolve("lib"));
    assertThat(finder.findAll())
        .isNotEmpty()
        .noneMatch(reference -> reference.descriptor().isAutomatic());
  }

  @Test
  void theHostResolvesFromItsOwnDirectory() {
    assertThatCode(() ->
            Configuration.resolve(
                ModuleFinder.of(Bundle.home().resolve("lib")),
                List.of(ModuleLayer.boot().configuration()),
                ModuleFinder.ofSystem(),
                Set.of("dev.gatehouse.launcher")))
        .doesNotThrowAnyException();
  }

  @Test
  void pluginsBringOnlyWhatTheHostDoesNotHave() {
    var host = names(Bundle.home().resolve("lib"));
    for (var directory : Bundle.pluginDirectories()) {
      assertThat(names(directory))
          .as("modules in plugins/%s", directory.getFileName())
          .doesNotContainAnyElementsOf(host);
    }
  }

  @Test
  void noPluginDirectoryHoldsTwoPlugins() {
    var seen = new HashSet<String>();
    for (var directory : Bundle.pluginDirectories()) {
      assertThat(seen.add(descriptor(ownJarOf(directory)).name())).isTrue();
    }
    assertThat(seen).hasSizeGreaterThanOrEqualTo(7);
  }

  private static Path ownJarOf(Path pluginDirectory) {
    var own =
        Bundle.jarsIn(pluginDirectory).stream()
            .filter(jar -> jar.getFileName().toString().startsWith("gatehouse-"))
            .toList();
    assertThat(own).as("our jars in %s", pluginDirectory).hasSize(1);
    return own.getFirst();
  }

  private static Set<String> names(Path directory) {
    return ModuleFinder.of(directory).findAll().stream()
        .map(reference -> reference.descriptor().name())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static ModuleDescriptor descriptor(Path jar) {
    var found = ModuleFinder.of(jar).findAll().stream().map(ModuleReference::descriptor).toList();
    assertThat(found).as("modules in %s", jar).hasSize(1);
    assertThat(found.getFirst().isAutomatic()).as("%s is an explicit module", jar).isFalse();
    return found.getFirst();
  }
}
