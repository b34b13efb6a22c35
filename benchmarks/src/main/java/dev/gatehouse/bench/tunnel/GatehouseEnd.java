package dev.gatehouse.bench.tunnel;

import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Gatehouse from the bundle, as gateway or as client, started as an operator would. */
final class GatehouseEnd {

  private static final Duration START = Duration.ofSeconds(60);

  private GatehouseEnd() {}

  /** A running gateway with one client that may reach {@link Pair#BEHIND}. */
  record Gateway(Background program, ClientSettings client) {}

  /** What {@code client add} printed, as far as a benchmark needs it. */
  record ClientSettings(String address, String privateKey, String publicKey, String endpoint) {

    /** For {@code wg setconf}. */
    String forWg() {
      return """
      [Interface]
      PrivateKey = %s
      [Peer]
      PublicKey = %s
      Endpoint = %s
      AllowedIPs = %s/32, 100.64.0.1/32
      """
          .formatted(privateKey, publicKey, endpoint, Pair.BEHIND);
    }
  }

  static Path program() {
    return Path.of(System.getProperty("gatehouse.bundle", "dist/target/gatehouse"))
        .resolve("bin/gatehouse");
  }

  static Gateway gateway(Namespace machine, String device, String extra, Path directory)
      throws IOException {
    var configuration = directory.resolve(device + ".toml");
    Files.writeString(
        configuration,
        """
        state-directory = "%s-state"

        [tun]
        name = "%s"
        addresses = ["100.64.0.1/16"]

        [log]
        format = "json"
        %s
        """
            .formatted(device, device, extra));
    var running = machine.start(program().toString(), "run", "-c", configuration.toString());
    running.awaitLine("gatehouse ready", START);
    var printed = cli(machine, configuration, "client", "add", "bench", "--endpoint", "192.0.2.1");
    cli(machine, configuration, "resource", "add", "behind", Pair.BEHIND + "/32");
    cli(machine, configuration, "authorize", "bench", "behind", "--for", "24h");
    return new Gateway(
        running,
        new ClientSettings(
            value(printed, "Address"),
            value(printed, "PrivateKey"),
            value(printed, "PublicKey"),
            value(printed, "Endpoint")));
  }

  static Background client(
      Namespace machine, String device, ClientSettings settings, String extra, Path directory)
      throws IOException {
    var key = directory.resolve(device + ".key");
    var mode = PosixFilePermissions.fromString("rw-------");
    Files.createFile(key, PosixFilePermissions.asFileAttribute(mode));
    Files.writeString(key, settings.privateKey() + "\n");
    var configuration = directory.resolve(device + ".toml");
    Files.writeString(
        configuration,
        """
        state-directory = "%s-state"

        [plugins]
        auth-store = "memory"
        stages = ["client"]

        [tun]
        name = "%s"
        addresses = ["%s"]

        [transport]
        listen = ["0.0.0.0:51821"]

        [tunnel]
        private-key-file = "%s"

        [client]
        gateway-public-key = "%s"
        gateway-endpoint = "%s"
        allowed-ips = ["%s/32", "100.64.0.1/32"]

        [log]
        format = "json"
        %s
        """
            .formatted(
                device,
                device,
                settings.address(),
                key,
                settings.publicKey(),
                settings.endpoint(),
                Pair.BEHIND,
                extra));
    var running = machine.start(program().toString(), "run", "-c", configuration.toString());
    running.awaitLine("gatehouse ready", START);
    return running;
  }

  private static String cli(Namespace machine, Path configuration, String... arguments) {
    var command =
        Stream.of(
                List.of(program().toString()),
                Arrays.asList(arguments),
                List.of("-c", configuration.toString()))
            .flatMap(List::stream)
            .toArray(String[]::new);
    return machine.run(command).out();
  }

  private static String value(String printed, String key) {
    return printed
        .lines()
        .filter(line -> line.startsWith(key + " "))
        .map(line -> line.substring(line.indexOf('=') + 1).strip())
        .map(line -> key.equals("Address") ? line.split(",", -1)[0].strip() : line)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("'client add' printed no " + key));
  }
}
