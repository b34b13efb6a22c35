package dev.gatehouse.dist.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.TestSecrets;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import dev.gatehouse.testkit.lab.NetLab;
import dev.gatehouse.testkit.lab.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Clients and peers on one machine, the relay on another:
 *
 * <pre>
 *  outside ──────────────── relay
 *  198.51.100.2       198.51.100.1
 *  fd00:51::2           fd00:51::1
 * </pre>
 */
final class RelaySite implements AutoCloseable {

  static final String RELAY = "198.51.100.1";
  static final String RELAY_V6 = "fd00:51::1";
  static final String OUTSIDE = "198.51.100.2";
  static final String OUTSIDE_V6 = "fd00:51::2";
  static final int PORT = 3478;
  static final int TLS_PORT = 5349;
  static final int MONITOR = 9641;
  static final Duration START = Duration.ofSeconds(60);

  private static final Pattern METRIC = Pattern.compile("(?m)^(gatehouse_relay_\\S+) ([0-9]+)$");

  final NetLab lab;
  final Namespace outside;
  final Namespace relay;
  final Path directory;
  final Path configuration;

  /** A user whose time was over in 2001. */
  static final String LATE_USER = "1000000000:late";

  final String secret = TestSecrets.register("ab".repeat(32));

  private RelaySite(NetLab lab, Path directory) throws IOException {
    this.lab = lab;
    this.directory = directory;
    this.configuration = directory.resolve("relay.toml");
    outside = lab.namespace("outside");
    relay = lab.namespace("relay");
    lab.cable(
        outside,
        List.of(OUTSIDE + "/24", OUTSIDE_V6 + "/64"),
        relay,
        List.of(RELAY + "/24", RELAY_V6 + "/64"));
    write("secret", secret + "\n");
  }

  /** Builds the site; the test is skipped where that cannot be done. */
  static RelaySite open(Path directory) throws IOException {
    NetLab.needs("ip", "curl");
    return new RelaySite(NetLab.open(), directory);
  }

  private Path write(String name, String text) throws IOException {
    var file = directory.resolve(name);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  /** The configuration, with lines of [relay] added. */
  RelaySite configured(String... more) throws IOException {
    Files.writeString(
        configuration,
        """
        state-directory = "state"
        [log]
        format = "json"
        [relay]
        public-addresses = ["%s", "%s"]
        secret-file = "secret"
        allowed-peers = ["198.51.100.0/24", "fd00:51::/64"]
        """
                .formatted(RELAY, RELAY_V6)
            + String.join("\n", more)
            + "\n");
    return this;
  }

  /** Makes a certificate nobody vouches for, and gives the lines that use it. */
  String[] tls() {
    relay.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=relay",
        "-days",
        "30",
        "-keyout",
        directory.resolve("key.pem").toString(),
        "-out",
        directory.resolve("certificate.pem").toString());
    return new String[] {
      "tls-listen = [\"0.0.0.0:5349\", \"[::]:5349\"]",
      "certificate = \"certificate.pem\"",
      "certificate-key = \"key.pem\""
    };
  }

  /** Starts the relay and waits until it serves. */
  Background start(String... more) {
    var command = new ArrayList<>(List.of(Bundle.program().toString(), "relay", "-c"));
    command.add(configuration.toString());
    command.addAll(Arrays.asList(more));
    var started = relay.start(command.toArray(String[]::new));
    started.awaitLine("gatehouse ready", START);
    return started;
  }

  /** An echo on the outside machine, UDP port 3480. */
  void startPeer(String address) {
    outside.start("turnutils_peer", "-L", address, "-p", "3480");
  }

  Outcome cli(String... arguments) {
    var command = new ArrayList<>(List.of(Bundle.program().toString(), "relay"));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("-c", configuration.toString()));
    return relay.attempt(command.toArray(String[]::new));
  }

  /** What the monitor answers, with the status in front: {@code "200 …"}. */
  String ask(String path) {
    var outcome =
        relay.attempt("curl", "-s", "-w", "\n%{http_code}", "http://127.0.0.1:" + MONITOR + path);
    var text = outcome.out();
    int line = text.lastIndexOf('\n');
    return line < 0 ? text : text.substring(line + 1) + " " + text.substring(0, line);
  }

  /** A figure of {@code /metrics}, the sum over its labels. */
  long metric(String name) {
    return METRIC
        .matcher(ask("/metrics"))
        .results()
        .filter(found -> found.group(1).replaceFirst("\\{.*", "").equals("gatehouse_relay_" + name))
        .mapToLong(found -> Long.parseLong(found.group(2)))
        .sum();
  }

  /** Resident memory of a program, in KiB. */
  static long residentKibibytes(Background program) throws IOException {
    var java = ProcessHandle.of(program.pid()).orElseThrow();
    long most = 0;
    var all = new ArrayList<>(List.of(java));
    all.addAll(java.descendants().toList());
    for (var process : all) {
      for (var line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          most = Math.max(most, Long.parseLong(line.replaceAll("[^0-9]", "")));
        }
      }
    }
    return most;
  }

  static void assertNothingToWorryAbout(Background program) {
    assertThat(program.lines()).noneMatch(line -> line.matches(".*\"(WARNING|WARN|ERROR)\".*"));
  }

  @Override
  public void close() {
    lab.close();
  }

  /** The right password of {@link #LATE_USER}. */
  String passwordOfLateUser() {
    try {
      var mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(secret.getBytes(US_ASCII), "HmacSHA1"));
      return Base64.getEncoder().encodeToString(mac.doFinal(LATE_USER.getBytes(US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
