import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.zip.ZipFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes what a bundle is made of: {@code sbom.cdx.json} (CycloneDX) with every jar and the runtime,
 * and {@code licences/} with the text of each one's licence. Fails if a jar is not known to the
 * build, or has no licence.
 *
 * <p>Arguments: the bundle's directory, the build's CycloneDX file, the directory with the texts of
 * licences that jars do not carry themselves.
 */
final class Inventory {

  private static final JsonMapper JSON = JsonMapper.shared();

  private final Path bundle;
  private final Path texts;
  private final ObjectNode bom;
  private final Map<String, ObjectNode> known = new TreeMap<>();
  private final Map<String, ObjectNode> found = new TreeMap<>();
  private final List<String> index = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private Inventory(Path bundle, Path build, Path texts) {
    this.bundle = bundle;
    this.texts = texts;
    this.bom = (ObjectNode) JSON.readTree(build.toFile());
  }

  public static void main(String... arguments) throws Exception {
    new Inventory(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2])).write();
  }

  private void write() throws Exception {
    for (var component : bom.get("components")) {
      for (var hash : component.path("hashes")) {
        if (hash.get("alg").asString().equals("SHA-256")) {
          known.put(hash.get("content").asString(), (ObjectNode) component);
        }
      }
    }
    for (var jar : jars()) {
      add(jar);
    }
    if (!problems.isEmpty()) {
      problems.forEach(System.err::println);
      System.exit(1);
    }
    for (var component : found.values()) {
      licence(component);
    }
    runtime();
    if (!problems.isEmpty()) {
      problems.forEach(System.err::println);
      System.exit(1);
    }
    Files.write(bundle.resolve("licences/INDEX.txt"), index);
    writeBom();
  }

  private List<Path> jars() throws IOException {
    try (var files = Files.walk(bundle)) {
      return files
          .filter(file -> file.toString().endsWith(".jar"))
          .filter(file -> !file.startsWith(bundle.resolve("runtime")))
          .sorted()
          .toList();
    }
  }

  private void add(Path jar) throws Exception {
    var digest = HexFormat.of().formatHex(
        MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar)));
    var component = known.getOrDefault(digest, own(jar, digest));
    if (component == null) {
      problems.add("inventory: the build does not know where " + jar.getFileName()
          + " comes from. Build again with './build dist'; if it stays, add the library to the"
          + " dependencies of dist.");
      return;
    }
    found.put(component.get("purl").asString(), component);
    var evidence = component.withObject("/evidence");
    var occurrences = evidence.get("occurrences") instanceof ArrayNode array
        ? array
        : evidence.putArray("occurrences");
    occurrences.addObject().put("location", bundle.relativize(jar).toString());
  }

  /** Our own jars change with every build; they are known by name and version. */
  private ObjectNode own(Path jar, String digest) {
    for (var component : bom.get("components")) {
      if (component.path("group").asString().startsWith("dev.gatehouse")
          && jar.getFileName().toString().equals(
              component.get("name").asString() + "-" + component.get("version").asString()
                  + ".jar")) {
        ((ObjectNode) component).putArray("hashes").addObject()
            .put("alg", "SHA-256").put("content", digest);
        return (ObjectNode) component;
      }
    }
    return null;
  }

  /** The texts: the jar's own, those under its name, those under the licence's short name. */
  private void licence(ObjectNode component) throws IOException {
    var name = component.get("name").asString();
    var version = component.get("version").asString();
    var first = component.at("/evidence/occurrences/0/location").asString();
    var ids = ids(component);
    if (component.path("group").asString().startsWith("dev.gatehouse")) {
      index.add(first.substring(first.lastIndexOf('/') + 1) + "  Apache-2.0  ../LICENSE");
      return;
    }
    var folder = bundle.resolve("licences").resolve(name + "-" + version);
    var written = new ArrayList<>(fromJar(bundle.resolve(first), folder));
    boolean silent = written.isEmpty();
    try (var files = Files.list(texts)) {
      for (var text : files.sorted().toList()) {
        var file = text.getFileName().toString();
        var stem = file.substring(0, file.length() - ".txt".length());
        boolean named = name.equals(stem) || name.startsWith(stem + "-");
        boolean wanted = silent && ids.contains(stem);
        if (named || wanted) {
          written.add(copy(text, folder.resolve(file)));
        }
      }
    }
    if (silent && ids.contains("Apache-2.0")) {
      written.add(copy(bundle.resolve("LICENSE"), folder.resolve("Apache-2.0.txt")));
    }
    if (written.isEmpty() || ids.isEmpty()) {
      problems.add("inventory: " + name + " " + version + " has no licence text (" + ids
          + "). Put it into dist/src/main/licences as " + name + ".txt.");
    }
    index.add(name + "-" + version + "  " + String.join(" or ", ids) + "  "
        + String.join(", ", written));
  }

  private static List<String> ids(JsonNode component) {
    var ids = new ArrayList<String>();
    for (var licence : component.path("licenses")) {
      var id = licence.at("/license/id").asString("");
      var text = id.isEmpty() ? licence.at("/license/name").asString("") : id;
      ids.add(text.isEmpty() ? licence.path("expression").asString("") : text);
    }
    return ids;
  }

  private List<String> fromJar(Path jar, Path folder) throws IOException {
    var written = new ArrayList<String>();
    try (var zip = new ZipFile(jar.toFile())) {
      for (var entry : zip.stream().sorted((a, b) -> a.getName().compareTo(b.getName())).toList()) {
        var path = entry.getName();
        var file = path.substring(path.lastIndexOf('/') + 1);
        if (!path.startsWith("META-INF/")
            || !file.matches("(?i).*(licen[cs]e|notice|copying)(\\.[a-z]+)?")) {
          continue;
        }
        var target = folder.resolve(path.substring("META-INF/".length()).replace('/', '_'));
        Files.createDirectories(folder);
        try (var in = zip.getInputStream(entry)) {
          Files.write(target, in.readAllBytes());
        }
        written.add(bundle.resolve("licences").relativize(target).toString());
      }
    }
    return written;
  }

  private String copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.write(to, Files.readAllBytes(from));
    return bundle.resolve("licences").relativize(to).toString();
  }

  /** The Java runtime, if the bundle has one; its licences lie in {@code runtime/legal}. */
  private void runtime() throws IOException {
    var release = bundle.resolve("runtime/release");
    if (!Files.exists(release)) {
      return;
    }
    var facts = new Properties();
    try (var in = Files.newBufferedReader(release)) {
      facts.load(in);
    }
    var version = facts.getProperty("JAVA_RUNTIME_VERSION", facts.getProperty("JAVA_VERSION"))
        .replace("\"", "");
    var component = JSON.createObjectNode();
    component.put("type", "platform");
    component.put("bom-ref", "java-runtime");
    component.put("publisher", facts.getProperty("IMPLEMENTOR", "unknown").replace("\"", ""));
    component.put("name", "openjdk");
    component.put("version", version);
    component.putArray("licenses").addObject()
        .put("expression", "GPL-2.0-only WITH Classpath-exception-2.0");
    component.put("purl", "pkg:generic/openjdk@" + version.replace("+", "%2B"));
    component.withObject("/evidence").putArray("occurrences").addObject()
        .put("location", "runtime");
    found.put(component.get("purl").asString(), component);
    index.add("runtime  GPL-2.0-only WITH Classpath-exception-2.0  ../runtime/legal");
    if (!Files.isDirectory(bundle.resolve("runtime/legal/java.base"))) {
      problems.add("inventory: the runtime has no licences in runtime/legal.");
    }
  }

  private void writeBom() {
    var refs = new TreeMap<String, Boolean>();
    bom.putArray("components").addAll(found.values());
    found.values().forEach(each -> refs.put(each.get("bom-ref").asString(), true));
    var main = bom.at("/metadata/component/bom-ref").asString();
    refs.put(main, true);
    var dependencies = JSON.createArrayNode();
    for (var each : bom.path("dependencies")) {
      if (!refs.containsKey(each.get("ref").asString())) {
        continue;
      }
      var kept = dependencies.addObject().put("ref", each.get("ref").asString());
      var on = kept.putArray("dependsOn");
      for (var other : each.path("dependsOn")) {
        if (refs.containsKey(other.asString())) {
          on.add(other.asString());
        }
      }
      if (refs.containsKey("java-runtime") && each.get("ref").asString().equals(main)) {
        on.add("java-runtime");
      }
    }
    bom.set("dependencies", dependencies);
    var all = String.join(" ", refs.keySet()) + bundle.getFileName();
    bom.put("serialNumber", "urn:uuid:" + UUID.nameUUIDFromBytes(all.getBytes()));
    JSON.writerWithDefaultPrettyPrinter()
        .writeValue(bundle.resolve("sbom.cdx.json").toFile(), bom);
  }
}
