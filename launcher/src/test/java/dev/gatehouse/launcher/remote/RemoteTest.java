package dev.gatehouse.launcher.remote;

import dev.gatehouse.launcher.cli.Cli;
import dev.gatehouse.launcher.cli.Console;
import dev.gatehouse.launcher.runtime.Surroundings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands as they are typed, against a canned gateway. */
@Timeout(300)
abstract class RemoteTest {

  /** What {@code GET /v1/gateway} says. */
  static final String SETTINGS =
      """
      "gateway": {"public-key": "R2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWhvdXNlR2F0ZWg=",
        "listening": ["192.0.2.1:51820"], "interface": "gatehouse0", "mtu": 1420,
        "addresses": ["10.99.0.1", "fd99::1"], "networks": ["10.99.0.0/24", "fd99::/64"]},
      "resource-networks": ["10.0.0.0/8", "fd00:1::/32"],
      "name-networks": ["100.96.0.0/11", "fd00:2021:1111:8000::/107"]
      """;

  @TempDir Path directory;
  CannedGateway gateway;
  String out = "";
  String err = "";
  boolean terminal;

  @BeforeEach
  void openGateway() throws IOException {
    gateway = new CannedGateway(directory.resolve("admin.sock"));
    gateway.on("GET /v1/gateway", 200, "{" + SETTINGS + "}");
  }

  @AfterEach
  void closeGateway() throws IOException {
    gateway.close();
  }

  /** Runs a command against the canned gateway and returns its exit code. */
  int gatehouse(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--state-directory", directory.toString()));
    return bare(all.toArray(String[]::new));
  }

  /** Runs a command that has to find the gateway by itself. */
  int bare(String... arguments) {
    var outBytes = new ByteArrayOutputStream();
    var errBytes = new ByteArrayOutputStream();
    var console =
        new Console(
            InputStream.nullInputStream(),
            new PrintStream(outBytes, true, StandardCharsets.UTF_8),
            new PrintStream(errBytes, true, StandardCharsets.UTF_8),
            terminal,
            new Surroundings(
                Map.of("STATE_DIRECTORY", directory.toString()), directory, false, false));
    int code = Cli.run(console, arguments);
    out = outBytes.toString(StandardCharsets.UTF_8);
    err = errBytes.toString(StandardCharsets.UTF_8);
    return code;
  }
}
