package dev.gatehouse.launcher.plugin;

import java.io.IOException;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the files of a plugin tell about it, for people and programs to read. */
public final class PluginFacts {

  private PluginFacts() {}

  /** The facts of an installed plugin by name; texts and lists of texts. */
  public static Map<String, Object> of(InstalledPlugin plugin, Path directory) {
    var facts = new LinkedHashMap<String, Object>();
    try {
      contents(plugin, PluginDirectory.read(directory), facts);
    } catch (IOException | RuntimeException e) {
      facts.put("modules", List.of());
    }
    try {
      facts.put("checksums", checksums(directory));
      facts.put("owner", Files.getOwner(directory).getName());
      if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        facts.put(
            "permissions", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
      }
    } catch (IOException | UnsupportedOperationException e) {
      facts.put("owner", "unknown");
    }
    return facts;
  }

  private static void contents(
      InstalledPlugin plugin, PluginDirectory contents, Map<String, Object> facts) {
    facts.put("built-in", contents.isBuiltIn());
    facts.put(
        "descriptor",
        contents.descriptors().stream()
            .filter(one -> plugin.id().filter(one.id()::equals).isPresent())
            .map(Descriptor::fileName)
            .findFirst()
            .orElse("none"));
    contents.providing().stream()
        .flatMap(module -> PluginDirectory.builtAgainst(module).stream())
        .findFirst()
        .ifPresent(built -> facts.put("built-against", "api " + built));
    contents.descriptors().stream()
        .filter(one -> plugin.id().filter(one.id()::equals).isPresent())
        .forEach(one -> {
          one.api().ifPresent(range -> facts.put("api", range.toString()));
          if (!one.platforms().isEmpty()) {
            facts.put("platforms", String.join(", ", one.platforms()));
          }
          if (!one.libraries().isEmpty()) {
            facts.put("libraries", String.join(", ", one.libraries()));
          }
        });
    facts.put("modules", contents.references().stream().map(PluginFacts::module).sorted().toList());
  }

  private static String module(ModuleReference reference) {
    var descriptor = reference.descriptor();
    return descriptor.toNameAndVersion()
        + (descriptor.isAutomatic() ? " (automatic)" : "")
        + PluginLayers.jar(reference).map(jar -> " in " + jar.getFileName()).orElse("");
  }

  private static String checksums(Path directory) throws IOException {
    if (!Checksums.recorded(directory)) {
      return "none recorded";
    }
    var differences = Checksums.differences(directory);
    return differences.isEmpty() ? "as installed" : String.join(" ", differences);
  }
}
