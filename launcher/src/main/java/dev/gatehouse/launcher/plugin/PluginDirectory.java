package dev.gatehouse.launcher.plugin;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.lang.module.ResolutionException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/**
 * What a plugin directory holds, found without loading a class.
 *
 * @param path the directory
 * @param jars its jars
 * @param references their modules
 * @param descriptors what they say about plugins; may be empty
 */
public record PluginDirectory(
    Path path, List<Path> jars, List<ModuleReference> references, List<Descriptor> descriptors) {

  /** The module of the contracts. */
  static final String API = "dev.gatehouse.api";

  private static final String OWN = "dev.gatehouse.";

  /** Copies the lists. */
  public PluginDirectory {
    jars = List.copyOf(jars);
    references = List.copyOf(references);
    descriptors = List.copyOf(descriptors);
  }

  /**
   * Reads a directory.
   *
   * @throws IOException if the directory cannot be read
   * @throws Refusal if its descriptors say what cannot be
   * @throws RuntimeException for jars that are no modules; {@link Diagnosis} knows them
   */
  static PluginDirectory read(Path path) throws IOException {
    var jars = jars(path);
    var references = references(jars);
    return new PluginDirectory(path, jars, references, descriptors(references));
  }

  /** The jars of a directory by name. */
  static List<Path> jars(Path directory) throws IOException {
    List<Path> jars;
    try (var entries = Files.list(directory)) {
      jars = entries.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    for (var jar : jars) {
      if (Files.isSymbolicLink(jar) && !Files.exists(jar)) {
        throw new Refusal(
            jar.getFileName() + " is a symbolic link that leads nowhere; put the jar there.");
      }
      if (Files.isDirectory(jar)) {
        throw new Refusal(jar.getFileName() + " is a directory, not a jar; put a jar there.");
      }
    }
    return jars;
  }

  /** A finder of several jars takes the first of two with one name and is silent about it. */
  private static List<ModuleReference> references(List<Path> jars) {
    var seen = new HashMap<String, Path>();
    var references = new ArrayList<ModuleReference>();
    for (var jar : jars) {
      for (var reference : ModuleFinder.of(jar).findAll()) {
        var twin = seen.put(reference.descriptor().name(), jar);
        if (twin != null) {
          throw new ResolutionException(
              "module "
                  + reference.descriptor().name()
                  + " is in both "
                  + twin.getFileName()
                  + " and "
                  + jar.getFileName());
        }
        references.add(reference);
      }
    }
    return references;
  }

  private static List<Descriptor> descriptors(List<ModuleReference> references) throws IOException {
    var descriptors = new ArrayList<Descriptor>();
    for (var reference : references) {
      var jar = PluginLayers.jar(reference);
      if (jar.isPresent() && kindOf(reference.descriptor()).isPresent()) {
        descriptors.addAll(Descriptor.in(jar.get()));
      }
    }
    return descriptors;
  }

  /** The modules that provide plugins. */
  public List<ModuleDescriptor> providing() {
    return references.stream()
        .map(ModuleReference::descriptor)
        .filter(descriptor -> kindOf(descriptor).isPresent())
        .toList();
  }

  /** Whether it is a part of Gatehouse itself, whose module names nobody else may use. */
  public boolean isBuiltIn() {
    return providing().stream().anyMatch(descriptor -> descriptor.name().startsWith(OWN));
  }

  /** The version of the api a module was compiled against. */
  public static Optional<String> builtAgainst(ModuleDescriptor descriptor) {
    return descriptor.requires().stream()
        .filter(requires -> requires.name().equals(API))
        .flatMap(requires -> requires.rawCompiledVersion().stream())
        .findFirst();
  }

  /** The first kind a module provides. */
  static Optional<PluginKind> kindOf(ModuleDescriptor descriptor) {
    for (var provides : descriptor.provides()) {
      for (var kind : PluginKind.values()) {
        if (provides.service().equals(kind.service().getName())) {
          return Optional.of(kind);
        }
      }
    }
    return Optional.empty();
  }
}
