package dev.gatehouse.launcher.plugin;

import dev.gatehouse.api.spi.PluginId;
import dev.gatehouse.launcher.config.Nearest;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/**
 * What a jar says about a plugin in {@code META-INF/gatehouse/plugins/<id>.properties}, readable
 * without loading a class.
 *
 * @param id the plugin's id, which is the file's name
 * @param kind its kind
 * @param summary one sentence
 * @param version its version; empty for that of its module
 * @param api the versions of the api it works with; empty for what its module was compiled against
 * @param platforms the machines it works on, such as {@code linux-x86_64}; empty for all
 * @param libraries native libraries of the system it needs, such as {@code libfoo.so.1}
 */
public record Descriptor(
    PluginId id,
    PluginKind kind,
    String summary,
    Optional<String> version,
    Optional<ApiRange> api,
    List<String> platforms,
    List<String> libraries) {

  /** Where descriptors are in a jar. */
  public static final String FOLDER = "META-INF/gatehouse/plugins/";

  private static final String SUFFIX = ".properties";
  private static final int LARGEST = 64 * 1024;
  private static final List<String> KEYS =
      List.of("kind", "summary", "version", "api", "platforms", "libraries");

  /** Copies the lists. */
  public Descriptor {
    platforms = List.copyOf(platforms);
    libraries = List.copyOf(libraries);
  }

  /** Whether the plugin is made for this machine. */
  boolean suits(String platform) {
    return platforms.isEmpty() || platforms.contains(platform);
  }

  /**
   * Reads the descriptors of a jar; none is no error.
   *
   * @throws IOException if the jar cannot be read
   * @throws Refusal if a descriptor says what cannot be
   */
  static List<Descriptor> in(Path jar) throws IOException {
    var found = new ArrayList<Descriptor>();
    try (var file = new JarFile(jar.toFile(), false)) {
      for (var entries = file.entries(); entries.hasMoreElements(); ) {
        var entry = entries.nextElement();
        if (entry.getName().startsWith(FOLDER) && entry.getName().endsWith(SUFFIX)) {
          found.add(read(file, entry));
        }
      }
    }
    return found;
  }

  private static Descriptor read(JarFile file, ZipEntry entry) throws IOException {
    var name = entry.getName();
    try (var in = file.getInputStream(entry)) {
      var bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new Refusal("its descriptor " + name + " is larger than 64 KiB; ask its author.");
      }
      return parse(
          name.substring(FOLDER.length(), name.length() - SUFFIX.length()),
          new InputStreamReader(new java.io.ByteArrayInputStream(bytes), StandardCharsets.UTF_8));
    }
  }

  /** Reads a descriptor from a text. */
  static Descriptor parse(String id, String text) {
    try {
      return parse(id, new StringReader(text));
    } catch (IOException e) {
      throw new IllegalStateException(e); // no reader of a string fails
    }
  }

  private static Descriptor parse(String id, Reader text) throws IOException {
    var values = new Properties();
    try {
      values.load(text);
    } catch (IllegalArgumentException e) {
      throw wrong(id, "is not a file of properties (" + e.getMessage() + ")", e);
    }
    for (var key : values.stringPropertyNames()) {
      if (!KEYS.contains(key)) {
        throw wrong(
            id,
            "has the unknown key '"
                + key
                + "'"
                + Nearest.to(key, KEYS).map(near -> ", perhaps for '" + near + "'").orElse(""));
      }
    }
    return new Descriptor(
        id(id),
        kind(id, required(id, values, "kind")),
        required(id, values, "summary"),
        optional(values, "version"),
        optional(values, "api")
            .map(range ->
                ApiRange.parse(range)
                    .orElseThrow(() ->
                        wrong(
                            id,
                            "has no range of versions in 'api', such as '0.1' or '0.1 - 0.4'"))),
        list(values, "platforms"),
        list(values, "libraries"));
  }

  private static PluginId id(String id) {
    try {
      return new PluginId(id);
    } catch (IllegalArgumentException e) {
      throw wrong(id, "has a name that is not a plugin id", e);
    }
  }

  private static PluginKind kind(String id, String label) {
    return Arrays.stream(PluginKind.values())
        .filter(kind -> kind.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            wrong(
                id,
                "names the kind '"
                    + label
                    + "', but kinds are "
                    + String.join(
                        ", ", Arrays.stream(PluginKind.values()).map(PluginKind::label).toList())));
  }

  private static String required(String id, Properties values, String key) {
    return optional(values, key).orElseThrow(() -> wrong(id, "lacks the key '" + key + "'"));
  }

  private static Optional<String> optional(Properties values, String key) {
    return Optional.ofNullable(values.getProperty(key))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private static List<String> list(Properties values, String key) {
    return optional(values, key).stream()
        .flatMap(value -> Arrays.stream(value.split(",")))
        .map(String::strip)
        .filter(value -> !value.isEmpty())
        .toList();
  }

  private static Refusal wrong(String id, String what) {
    return new Refusal("its descriptor " + FOLDER + id + SUFFIX + " " + what + "; ask its author.");
  }

  private static Refusal wrong(String id, String what, Throwable cause) {
    return new Refusal(
        "its descriptor " + FOLDER + id + SUFFIX + " " + what + "; ask its author.", cause);
  }

  /** The file's text, for a plugin that says this about itself. */
  public String text() {
    var text = new StringBuilder();
    line(text, "kind", kind.label());
    line(text, "summary", summary);
    version.ifPresent(value -> line(text, "version", value));
    api.ifPresent(value -> line(text, "api", value.toString()));
    if (!platforms.isEmpty()) {
      line(text, "platforms", String.join(", ", platforms));
    }
    if (!libraries.isEmpty()) {
      line(text, "libraries", String.join(", ", libraries));
    }
    return text.toString();
  }

  private static void line(StringBuilder text, String key, String value) {
    text.append(key)
        .append(" = ")
        .append(value.replace("\\", "\\\\").replace("\n", "\\n"))
        .append('\n');
  }

  /** Where the file belongs in the jar. */
  public String fileName() {
    return FOLDER + id + SUFFIX;
  }
}
