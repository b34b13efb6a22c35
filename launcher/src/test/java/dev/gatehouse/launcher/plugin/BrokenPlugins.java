package dev.gatehouse.launcher.plugin;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plugins that cannot be loaded, each broken in one way and in a directory with its name. */
final class BrokenPlugins {

  /** Makes one; its module is {@code broken.} and its name without hyphens. */
  @FunctionalInterface
  interface Making {
    void make(PluginJars jars, String name) throws IOException;
  }

  private BrokenPlugins() {}

  /** All of them by name. */
  static Map<String, Making> all() {
    var all = new LinkedHashMap<String, Making>();
    files(all);
    modules(all);
    providers(all);
    descriptors(all);
    return all;
  }

  private static String module(String name) {
    return "broken." + name.replace("-", "");
  }

  /** A sound plugin, to be broken afterwards. */
  private static Path sound(PluginJars jars, String name) {
    return jars.stage(module(name), name).into(name);
  }

  private static PluginJars.Module with(PluginJars jars, String name, String members) {
    return jars.stage(module(name), name)
        .source(module(name) + ".Provider", PluginJars.stageProvider(module(name), name, members));
  }

  private static PluginJars.Module requiring(PluginJars jars, String name, String required) {
    return jars.module(module(name))
        .info(
            "requires dev.gatehouse.api; requires "
                + required
                + "; provides dev.gatehouse.api.spi.StageProvider with "
                + module(name)
                + ".Provider;")
        .source(module(name) + ".Provider", PluginJars.stageProvider(module(name), name, ""));
  }

  private static PluginJars.Module library(PluginJars jars, String name, String type) {
    return jars.module(name)
        .info("exports " + name + ";")
        .source(name + "." + type, "package " + name + "; public class " + type + " {}");
  }

  private static Path directory(PluginJars jars, String name) throws IOException {
    return Files.createDirectories(jars.plugins().resolve(name));
  }

  private static void files(Map<String, Making> all) {
    all.put(
        "corrupt-jar",
        (jars, name) -> Files.write(directory(jars, name).resolve("a.jar"), new byte[] {1, 2, 3}));
    all.put(
        "zero-byte-jar",
        (jars, name) -> Files.write(directory(jars, name).resolve("a.jar"), new byte[0]));
    all.put(
        "truncated-jar",
        (jars, name) -> {
          Path jar = sound(jars, name);
          var bytes = Files.readAllBytes(jar);
          Files.write(jar, Arrays.copyOf(bytes, bytes.length / 2));
        });
    all.put(
        "directory-named-jar",
        (jars, name) -> Files.createDirectories(directory(jars, name).resolve("a.jar")));
    all.put(
        "link-to-itself",
        (jars, name) -> Files.createSymbolicLink(jars.plugins().resolve(name), Path.of(name)));
    all.put(
        "jar-that-links-to-itself",
        (jars, name) ->
            Files.createSymbolicLink(directory(jars, name).resolve("a.jar"), Path.of("a.jar")));
    all.put(
        "writable-by-everybody",
        (jars, name) ->
            Files.setPosixFilePermissions(
                sound(jars, name), PosixFilePermissions.fromString("rw-r--rw-")));
    all.put(
        "directory-writable-by-everybody",
        (jars, name) -> {
          sound(jars, name);
          Files.setPosixFilePermissions(
              jars.plugins().resolve(name), PosixFilePermissions.fromString("rwxr-xrwx"));
        });
    all.put(
        "changed-after-installation",
        (jars, name) -> {
          Path jar = sound(jars, name);
          Checksums.record(directory(jars, name), "a test");
          try (var zip = FileSystems.newFileSystem(jar)) {
            Files.writeString(zip.getPath("more"), "x");
          }
        });
    all.put(
        "added-after-installation",
        (jars, name) -> {
          sound(jars, name);
          Checksums.record(directory(jars, name), "a test");
          library(jars, "broken.late", "A").into(name);
        });
    all.put(
        "gone-after-installation",
        (jars, name) -> {
          Path more = library(jars, "broken.needless", "A").into(name);
          sound(jars, name);
          Checksums.record(directory(jars, name), "a test");
          Files.delete(more);
        });
  }

  private static void modules(Map<String, Making> all) {
    all.put(
        "missing-module",
        (jars, name) -> {
          Path gone = library(jars, "broken.gone", "A").aside();
          requiring(jars, name, "broken.gone").with(gone).into(name);
        });
    all.put(
        "split-package",
        (jars, name) -> {
          for (var half : List.of("left", "right")) {
            jars.module("broken." + half)
                .info("exports broken.shared;")
                .source(
                    "broken.shared." + half, "package broken.shared; public class " + half + " {}")
                .into(name);
          }
          sound(jars, name);
        });
    all.put(
        "two-jars-of-one-module",
        (jars, name) -> {
          Path jar = sound(jars, name);
          Files.copy(jar, jar.resolveSibling("copy.jar"));
        });
    all.put(
        "automatic-names-that-clash",
        (jars, name) -> {
          sound(jars, name);
          for (var file : List.of("some-library-1.0.jar", "some-library-1.1.jar")) {
            plain(jars.plugins().resolve(name).resolve(file));
          }
        });
    all.put(
        "name-that-makes-no-module",
        (jars, name) -> {
          sound(jars, name);
          plain(jars.plugins().resolve(name).resolve("1.jar"));
        });
    all.put(
        "modules-that-require-each-other",
        (jars, name) -> {
          Path first = library(jars, "broken.hen", "A").aside();
          library(jars, "broken.egg", "B")
              .with(first)
              .info("requires broken.hen; exports broken.egg;")
              .into(name);
          Path egg = jars.plugins().resolve(name).resolve("broken.egg.jar");
          var hen = library(jars, "broken.hen", "A");
          hen.with(library(jars, "broken.egg", "B").into("../aside-egg"))
              .info("requires broken.egg; exports broken.hen;")
              .into(name);
          requiring(jars, name, "broken.egg").with(egg).with(first).into(name);
        });
    all.put(
        "no-module-info",
        (jars, name) -> {
          Path jar = sound(jars, name);
          try (var zip = FileSystems.newFileSystem(jar)) {
            Files.delete(zip.getPath("module-info.class"));
            Files.createDirectories(zip.getPath("META-INF/services"));
            Files.writeString(
                zip.getPath("META-INF/services/dev.gatehouse.api.spi.StageProvider"),
                module(name) + ".Provider\n");
          }
        });
    all.put("no-provider", (jars, name) -> library(jars, module(name), "A").into(name));
    all.put(
        "another-api",
        (jars, name) ->
            jars.module(module(name))
                .against("99.1.0")
                .info(
                    "requires dev.gatehouse.api; provides dev.gatehouse.api.spi.StageProvider with "
                        + module(name)
                        + ".Provider;")
                .source(
                    module(name) + ".Provider",
                    "package "
                        + module(name)
                        + "; public class Provider implements dev.gatehouse.api.spi.StageProvider {}")
                .into(name));
    all.put(
        "damaged-module-info",
        (jars, name) -> {
          try (var zip = FileSystems.newFileSystem(sound(jars, name))) {
            Files.write(zip.getPath("module-info.class"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
          }
        });
  }

  /** A jar without classes. */
  private static void plain(Path jar) throws IOException {
    try (var zip = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
      Files.writeString(zip.getPath("README"), "nothing");
    }
  }

  private static void providers(Map<String, Making> all) {
    all.put(
        "missing-class",
        (jars, name) -> {
          Path jar =
              with(jars, name, "public Provider() { new Needed(); }")
                  .source(module(name) + ".Needed", "package " + module(name) + "; class Needed {}")
                  .into(name);
          try (var zip = FileSystems.newFileSystem(jar)) {
            Files.delete(zip.getPath(module(name).replace('.', '/') + "/Needed.class"));
          }
        });
    all.put(
        "provider-not-in-the-jar",
        (jars, name) -> {
          try (var zip = FileSystems.newFileSystem(sound(jars, name))) {
            Files.delete(zip.getPath(module(name).replace('.', '/') + "/Provider.class"));
          }
        });
    all.put("provider-not-public", (jars, name) -> swapped(jars, name, "class Provider {}"));
    all.put(
        "provider-of-another-type",
        (jars, name) -> swapped(jars, name, "public class Provider {}"));
    all.put(
        "provider-without-constructor",
        (jars, name) ->
            swapped(
                jars,
                name,
                PluginJars.stageProvider(module(name), name, "public Provider(int a) {}")
                    .replaceFirst("(?s)package [^;]*;", "")));
    all.put("constructor-throws", throwing("new IllegalStateException(\"no luck\")"));
    all.put(
        "stack-overflow",
        (jars, name) ->
            with(
                    jars,
                    name,
                    "public Provider() { deeper(1); } int deeper(int a) { return deeper(a + 1) + a; }")
                .into(name));
    all.put("out-of-memory", throwing("new OutOfMemoryError(\"Java heap space\")"));
    all.put("any-error", throwing("new Error(\"just so\")"));
    all.put(
        "static-initializer",
        (jars, name) ->
            with(jars, name, "static final int A = 1 / Integer.parseInt(\"0\");").into(name));
    all.put(
        "constructor-hangs",
        (jars, name) ->
            with(
                    jars,
                    name,
                    "public Provider() throws InterruptedException { new"
                        + " java.util.concurrent.CountDownLatch(1).await(); }")
                .into(name));
    all.put(
        "newer-java",
        (jars, name) -> {
          try (var zip = FileSystems.newFileSystem(sound(jars, name))) {
            Path type = zip.getPath(module(name).replace('.', '/') + "/Provider.class");
            var bytes = Files.readAllBytes(type);
            bytes[7] = (byte) 200;
            Files.write(type, bytes);
          }
        });
    all.put(
        "damaged-class",
        (jars, name) -> {
          try (var zip = FileSystems.newFileSystem(sound(jars, name))) {
            Files.write(
                zip.getPath(module(name).replace('.', '/') + "/Provider.class"),
                new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
          }
        });
    all.put(
        "method-that-is-gone",
        (jars, name) -> {
          library(jars, "broken.help", "Help").into(name);
          Path older =
              library(jars, "broken.help", "Help")
                  .source(
                      "broken.help.Help",
                      "package broken.help; public class Help { public static void go() {} }")
                  .aside();
          requiring(jars, name, "broken.help")
              .with(older)
              .source(
                  module(name) + ".Provider",
                  PluginJars.stageProvider(
                      module(name), name, "public Provider() { broken.help.Help.go(); }"))
              .into(name);
        });
    all.put(
        "library-of-another-machine",
        (jars, name) -> {
          Path library = jars.plugins().resolveSibling("libother.so");
          Files.write(library, ofAnotherMachine());
          with(jars, name, "static { System.load(\"" + library + "\"); }").into(name);
        });
    all.put(
        "no-id", replaced("return new dev.gatehouse.api.spi.PluginId(\"no-id\");", "return null;"));
    all.put("bad-id", replaced("PluginId(\"bad-id\")", "PluginId(\"Bad Id\")"));
    all.put("no-summary", replaced("return \"A stage for tests.\";", "return null;"));
    all.put(
        "made-for-another-system",
        (jars, name) ->
            with(
                    jars,
                    name,
                    "public java.util.Optional<String> unsupportedBecause() { return"
                        + " java.util.Optional.of(\"It needs Plan 9.\"); }")
                .into(name));
    all.put(
        "same-id-twice",
        (jars, name) -> {
          sound(jars, name);
          jars.stage("broken.sameagain", name).into(name + "-again");
        });
  }

  /** The beginning of a library for the processor this machine does not have. */
  private static byte[] ofAnotherMachine() {
    var header = new byte[4096];
    System.arraycopy(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}, 0, header, 0, 7);
    header[16] = 3; // a shared library
    header[18] = (byte) (System.getProperty("os.arch").equals("aarch64") ? 62 : 183);
    return header;
  }

  private static Making throwing(String what) {
    return (jars, name) ->
        with(jars, name, "public Provider() { if (true) throw " + what + "; }").into(name);
  }

  private static Making replaced(String text, String by) {
    return (jars, name) ->
        jars.stage(module(name), name)
            .source(
                module(name) + ".Provider",
                PluginJars.stageProvider(module(name), name, "").replace(text, by))
            .into(name);
  }

  /** The jar of a sound plugin with another class in place of its provider. */
  private static void swapped(PluginJars jars, String name, String type) throws IOException {
    Path other =
        jars.module("broken.swapped")
            .info("requires dev.gatehouse.api;")
            .source(module(name) + ".Provider", "package " + module(name) + "; " + type)
            .aside();
    var file = module(name).replace('.', '/') + "/Provider.class";
    try (var from = FileSystems.newFileSystem(other);
        var to = FileSystems.newFileSystem(sound(jars, name))) {
      Files.write(to.getPath(file), Files.readAllBytes(from.getPath(file)));
    }
  }

  private static void descriptors(Map<String, Making> all) {
    all.put(
        "descriptor-of-another-api",
        described("kind=stage\nsummary=A stage for tests.\napi=98.1 - 98.4\n"));
    all.put(
        "descriptor-of-another-machine",
        described("kind=stage\nsummary=A stage for tests.\nplatforms=plan9-vax\n"));
    all.put("descriptor-with-an-unknown-key", described("kind=stage\nsumary=A stage.\n"));
    all.put("descriptor-with-an-unknown-kind", described("kind=scene\nsummary=A stage.\n"));
    all.put("descriptor-without-summary", described("kind=stage\n"));
    all.put("descriptor-of-another-kind", described("kind=tun\nsummary=A stage for tests.\n"));
    all.put("descriptor-with-another-summary", described("kind=stage\nsummary=Does it all.\n"));
    all.put(
        "descriptor-of-another-version",
        described("kind=stage\nsummary=A stage for tests.\nversion=9.9\n"));
    all.put(
        "descriptor-of-another-plugin",
        (jars, name) ->
            jars.stage(module(name), name)
                .descriptor("somebody", "kind=stage\nsummary=A stage for tests.\n")
                .into(name));
    all.put(
        "disabled",
        (jars, name) -> {
          sound(jars, name);
          DisabledPlugins.set(jars.plugins().resolve(name), name, true);
        });
  }

  private static Making described(String text) {
    return (jars, name) -> jars.stage(module(name), name).descriptor(name, text).into(name);
  }
}
