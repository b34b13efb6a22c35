package dev.gatehouse.launcher.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.spi.ToolProvider;

/** Compiles small plugins into jars. */
public final class PluginJars {

  private final Path work;
  private final Path plugins;
  private int serial;

  /**
   * A compiler.
   *
   * @param work an existing directory for sources, classes and the plugin directories
   */
  public PluginJars(Path work) {
    this.work = work;
    this.plugins = work.resolve("plugins");
  }

  /** The directory that holds the plugin directories. */
  public Path plugins() {
    return plugins;
  }

  /** A module under construction. */
  public final class Module {
    private final String name;
    private final Map<String, String> sources = new LinkedHashMap<>();
    private final Map<String, String> resources = new LinkedHashMap<>();
    private final List<Path> path = new ArrayList<>();
    private Optional<String> against = Optional.empty();
    private String version = "1.2.3";

    private Module(String name) {
      this.name = name;
    }

    /** Sets the body of {@code module-info.java}. */
    public Module info(String body) {
      return source("module-info", "module " + name + " { " + body + " }");
    }

    /** Adds a class by its qualified name. */
    public Module source(String type, String text) {
      sources.put(type, text);
      return this;
    }

    /** Adds a descriptor to the jar. */
    public Module descriptor(String id, String text) {
      resources.put("META-INF/gatehouse/plugins/" + id + ".properties", text);
      return this;
    }

    /** Adds a file to the jar. */
    public Module resource(String path, String text) {
      resources.put(path, text);
      return this;
    }

    /** Compiles against another jar, too. */
    public Module with(Path jar) {
      path.add(jar);
      return this;
    }

    /** Pretends that the api had this version. */
    public Module against(String apiVersion) {
      against = Optional.of(apiVersion);
      return this;
    }

    /** Compiles and packs the module. */
    public Path into(String directory) {
      return jar(plugins.resolve(directory));
    }

    /** Compiles and packs the module outside of the plugin directories. */
    public Path aside() {
      return jar(work.resolve("aside"));
    }

    private Path jar(Path directory) {
      try {
        Path place = Files.createDirectory(work.resolve("build-" + serial++));
        var arguments = new ArrayList<String>();
        arguments.addAll(List.of("-d", place.resolve("classes").toString(), "-nowarn"));
        arguments.addAll(List.of("--module-version", version, "--module-path", modulePath(place)));
        for (var source : sources.entrySet()) {
          Path file = place.resolve(source.getKey().replace('.', '/') + ".java");
          Files.createDirectories(file.getParent());
          arguments.add(Files.writeString(file, source.getValue()).toString());
        }
        tool("javac", arguments);
        for (var resource : resources.entrySet()) {
          Path file = place.resolve("classes").resolve(resource.getKey());
          Files.createDirectories(file.getParent());
          Files.writeString(file, resource.getValue());
        }
        Files.createDirectories(directory);
        Path jar = directory.resolve(name + ".jar");
        tool("jar", List.of("-cf", jar.toString(), "-C", place.resolve("classes").toString(), "."));
        return jar;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private String modulePath(Path place) throws IOException {
      var elements = new ArrayList<String>();
      for (var jar : path) {
        elements.add(jar.toString());
      }
      if (against.isPresent()) {
        elements.add(otherApi(place, against.get()).toString());
      }
      elements.add(System.getProperty("jdk.module.path"));
      return String.join(System.getProperty("path.separator"), elements);
    }

    /** An api module with just the store's provider, under another version. */
    private Path otherApi(Path place, String apiVersion) throws IOException {
      var api =
          new PluginJars(Files.createDirectory(place.resolve("api"))).module("dev.gatehouse.api");
      api.version = apiVersion;
      return api.info("exports dev.gatehouse.api.spi;")
          .source(
              "dev.gatehouse.api.spi.StageProvider",
              "package dev.gatehouse.api.spi; public interface StageProvider {}")
          .aside();
    }
  }

  /** Begins a module. */
  public Module module(String name) {
    return new Module(name);
  }

  /** A stage that consumes nothing and creates nothing, with an id of its own. */
  public Module stage(String module, String id) {
    return module(module)
        .info(
            "requires dev.gatehouse.api; provides dev.gatehouse.api.spi.StageProvider with "
                + module
                + ".Provider;")
        .source(module + ".Provider", stageProvider(module, id, ""));
  }

  /**
   * The source of such a stage's provider.
   *
   * @param members more members
   */
  public static String stageProvider(String module, String id, String members) {
    return """
    package %s;
    public class Provider implements dev.gatehouse.api.spi.StageProvider<Provider.Config> {
      public record Config() {}
      public dev.gatehouse.api.spi.PluginId id() {
        return new dev.gatehouse.api.spi.PluginId("%s");
      }
      public String summary() { return "A stage for tests."; }
      public Config configure(dev.gatehouse.api.config.ConfigReader section) {
        return new Config();
      }
      public java.util.Set<dev.gatehouse.api.packet.Lane> consumes() { return java.util.Set.of(); }
      public dev.gatehouse.api.spi.Plugin create(
          Config config, dev.gatehouse.api.spi.PluginContext context) {
        throw new UnsupportedOperationException();
      }
      %s
    }
    """
        .formatted(module, id, members);
  }

  private static void tool(String name, List<String> arguments) {
    var out = new StringWriter();
    var writer = new PrintWriter(out);
    int code =
        ToolProvider.findFirst(name)
            .orElseThrow()
            .run(writer, writer, arguments.toArray(String[]::new));
    assertThat(code).as("%s said: %s", name, out).isZero();
  }
}
