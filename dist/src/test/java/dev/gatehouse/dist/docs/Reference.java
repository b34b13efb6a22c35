package dev.gatehouse.dist.docs;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.admin.AdminProvider;
import dev.gatehouse.api.ErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.crypto.WireGuardProvider;
import dev.gatehouse.dist.Bundle;
import dev.gatehouse.dist.embedding.QuietTun;
import dev.gatehouse.gateway.PolicyProvider;
import dev.gatehouse.launcher.Gatehouse;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.UdpTransportProvider;
import dev.gatehouse.store.MemoryStoreConfig;
import dev.gatehouse.store.MemoryStoreProvider;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Makes the pages that list what the code says of itself. */
final class Reference {

  private static final String GENERATED =
      "<!-- Made from the code by ./build docs; a test compares. Do not edit. -->\n\n";

  private Reference() {}

  /** The configuration reference, from {@code gatehouse check --describe}. */
  static String configuration(Path scratch) throws IOException, InterruptedException {
    var page = new StringBuilder(GENERATED);
    page.append(
        """
        # Configuration

        One TOML file: `/etc/gatehouse/gatehouse.toml`, or what `--config` or `$GATEHOUSE_CONFIG` names. Every key has a default, and an empty file works. `gatehouse check` reports every problem at once and opens nothing; `gatehouse check --describe` prints what stands here, for the plugins that are installed and work on the machine. Time spans are written `"250ms"`, `"30s"`, `"15m"`, `"8h"`, `"7d"`; paths are relative to the file. `none` means that the key may be absent, `required` that it must not.

        This page is that of Linux on x86-64; [windows.md](windows.md) has the keys of the TUN plugin for Windows.

        """);
    boolean inTable = false;
    for (var line : describe(scratch).lines().toList()) {
      if (line.isBlank()) {
        inTable = false;
      } else if (line.startsWith("[")) {
        page.append("\n## `").append(line.replaceFirst("\\].*", "]")).append('`');
        var plugin = line.replaceFirst("^\\[[^\\]]*\\]( of)?", "").strip();
        page.append(plugin.isEmpty() ? "" : ", " + plugin).append("\n\n");
        inTable = false;
      } else if (line.startsWith("    ")) {
        page.insert(page.length() - 3, " " + cell(line.strip()));
      } else {
        if (!inTable) {
          page.append("| key | default | value | meaning |\n|---|---|---|---|\n");
          inTable = true;
        }
        page.append(row(line));
      }
    }
    return page.toString();
  }

  private static String row(String line) {
    var parts = Pattern.compile("(\\S+) = (.*?)  \\((.*)\\)").matcher(line);
    if (!parts.matches()) {
      throw new AssertionError("not a key: " + line);
    }
    return "| `%s` | `%s` | %s | |\n"
        .formatted(parts.group(1), parts.group(2).replace("|", "\\|"), cell(parts.group(3)));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*");
  }

  private static String describe(Path scratch) throws IOException, InterruptedException {
    var output = scratch.resolve("described");
    var builder =
        new ProcessBuilder(Bundle.program().toString(), "check", "--describe")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("STATE_DIRECTORY", "/var/lib/gatehouse");
    builder
        .environment()
        .put("GATEHOUSE_CONFIG", Files.writeString(scratch.resolve("empty"), "") + "");
    int code = builder.start().waitFor();
    var said = Files.readString(output, UTF_8);
    if (code != 0) {
      throw new AssertionError(said);
    }
    return said;
  }

  /** The catalogue of errors, from the enums that implement {@link ErrorCode}. */
  static String errors() throws IOException {
    var constant =
        Pattern.compile(
            "/\\*\\*\\s*(.*?)\\s*\\*/\\s*[A-Z_]+\\(\\s*\"(GH-[A-Z0-9-]+)\",\\s*Kind\\.([A-Z]+)",
            Pattern.DOTALL);
    var byId = new TreeMap<String, String>();
    for (var source : sources("ErrorCode.java")) {
      constant
          .matcher(Files.readString(source))
          .results()
          .forEach(found ->
              byId.put(
                  found.group(2),
                  "| `%s` | %s | %s |\n"
                      .formatted(
                          found.group(2),
                          found.group(3).toLowerCase(Locale.ROOT),
                          plain(found.group(1)))));
    }
    return GENERATED
        + """
        # Errors

        What a user can mend is told as one sentence with the fix, and a code that never changes its meaning. The kind says who has to act, and decides the exit code of the command (`gatehouse --help` lists them). The admin API answers with `{"code", "problem", "fix"}`.

        | kind | who acts |
        |---|---|
        | configuration | whoever wrote the file or the command line |
        | plugin | whoever installs plugins |
        | environment | whoever runs the machine: permission, port, device, library |
        | state | whoever keeps the stored state |
        | request | whoever asked |
        | bug | the authors |

        | code | kind | meaning |
        |---|---|---|
        """
        + String.join("", byId.values());
  }

  private static String plain(String javadoc) {
    return cell(
        javadoc
            .replaceAll("\\s*\\n\\s*\\*\\s*", " ")
            .replaceAll("\\{@(?:code|link) ([^}]*)}", "$1"));
  }

  private static List<Path> sources(String suffix) throws IOException {
    try (var files = Files.walk(Bundle.sources(), 12)) {
      return files
          .filter(file -> file.toString().endsWith(suffix))
          .filter(file -> file.toString().contains("/src/main/java/"))
          .filter(file -> !file.toString().contains("/examples/"))
          .sorted()
          .toList();
    }
  }

  /** The catalogue of metrics, from what a gateway answers and what the relay's report says. */
  static String metrics(Path scratch) throws IOException {
    var page =
        new StringBuilder(GENERATED)
            .append(
                """
                # Metrics

                `GET /metrics` on the admin socket of a gateway, in the text format of Prometheus ([admin.md](admin.md#metrics)); a relay that runs alone answers on its monitor address ([relay.md](relay.md)). No series carries a client, an address or a resource. Names do not change their meaning; `gatehouse_plugin_number` carries every other number in a plugin's status, as `gatehouse status` shows it.

                ## Of a gateway

                | metric | type | labels | meaning |
                |---|---|---|---|
                """);
    var families = families(scrape(scratch));
    families.forEach((name, family) -> page.append(family.row(name)));
    page.append("\n## Of a relay\n\n| metric | type | meaning |\n|---|---|---|\n");
    var declared =
        Pattern.compile("\\.(gauge|counter)\\(\\s*\"([a-z_]+)\",\\s*((?:\"[^\"]*\"[\\s+]*)+)\\)");
    var relay = new TreeMap<String, String>();
    for (var source : sources("relay/io/RelayReport.java")) {
      declared
          .matcher(Files.readString(source))
          .results()
          .forEach(found ->
              relay.put(
                  "gatehouse_relay_" + found.group(2),
                  "| `gatehouse_relay_%s` | %s | %s |\n"
                      .formatted(found.group(2), found.group(1), cell(joined(found.group(3))))));
    }
    return page.append(String.join("", relay.values())).toString();
  }

  private static String joined(String literals) {
    return Pattern.compile("\"([^\"]*)\"")
        .matcher(literals)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.joining());
  }

  private record Family(String type, String help, TreeSet<String> labels) {
    String row(String name) {
      return "| `%s` | %s | %s | %s |\n"
          .formatted(
              name,
              type,
              labels.stream().map(label -> "`" + label + "`").collect(Collectors.joining(", ")),
              cell(help));
    }
  }

  private static Map<String, Family> families(String text) {
    var families = new TreeMap<String, Family>();
    var helps = new LinkedHashMap<String, String>();
    for (var line : text.lines().toList()) {
      var words = line.split(" ", 4);
      if (line.startsWith("# HELP ")) {
        helps.put(words[2], words[3]);
      } else if (line.startsWith("# TYPE ")) {
        families.put(
            words[2], new Family(words[3], helps.getOrDefault(words[2], ""), new TreeSet<>()));
      } else if (line.contains("{")) {
        var name = line.substring(0, line.indexOf('{'));
        var labels = new TreeSet<String>();
        Pattern.compile("([a-z_]+)=\"")
            .matcher(line)
            .results()
            .forEach(label -> labels.add(label.group(1)));
        families.forEach((family, known) -> {
          if (name.equals(family) || name.matches(family + "_(bucket|sum|count)")) {
            known.labels().addAll(labels);
          }
        });
      }
    }
    return families;
  }

  private static String scrape(Path scratch) throws IOException {
    var loopback = List.of(Endpoint.parse("127.0.0.1:0"));
    try (var gateway =
        Gatehouse.builder()
            .configuration("admin.uapi = false\nshards.rehearse = false")
            .stateDirectory(scratch.resolve("state"))
            .provider(new MemoryStoreProvider(), new MemoryStoreConfig())
            .tun("quiet", QuietTun::new)
            .provider(
                new UdpTransportProvider(), new UdpConfig(loopback, false, 1 << 20, 1 << 20, true))
            .provider(new WireGuardProvider())
            .provider(new PolicyProvider())
            .provider(new AdminProvider())
            .start()) {
      return get(gateway.stateDirectory().resolve("admin.sock"));
    }
  }

  private static String get(Path socket) throws IOException {
    try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(
          ByteBuffer.wrap("GET /metrics HTTP/1.0\r\nHost: gatehouse\r\n\r\n".getBytes(UTF_8)));
      var all = new ByteArrayOutputStream();
      var buffer = ByteBuffer.allocate(1 << 16);
      while (channel.read(buffer) >= 0) {
        all.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      return all.toString(UTF_8);
    }
  }
}
