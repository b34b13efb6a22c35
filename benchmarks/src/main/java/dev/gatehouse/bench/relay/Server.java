package dev.gatehouse.bench.relay;

import dev.gatehouse.bench.Machine;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A relay under test: a process on given processors, and what it has used so far. */
final class Server implements AutoCloseable {

  static final String SECRET = "5f".repeat(32);

  private final String label;
  private final Process process;
  private final InetSocketAddress address;

  private Server(String label, Process process, InetSocketAddress address) {
    this.label = label;
    this.process = process;
    this.address = address;
  }

  /** Gatehouse's relay as the bundle starts it. */
  static Server gatehouse(Path directory, String processors, int threads, int port)
      throws IOException {
    var secret = directory.resolve("secret");
    Files.writeString(secret, SECRET);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Files.writeString(
        directory.resolve("relay.toml"),
        """
        state-directory = "state"
        [shards]
        count = %d
        [relay]
        listen = ["127.0.0.1:%d"]
        tcp = false
        monitored = false
        public-addresses = ["127.0.0.1"]
        local-peers = true
        secret-file = "secret"
        realm = "bench"
        ports = "10000-32000"
        allocations-per-user = 65536
        requests-per-second = 100000
        challenges-per-second = 10000000
        answers-per-second = 10000000
        """
            .formatted(threads, port));
    var program = Path.of(System.getProperty("gatehouse.bundle"), "bin/gatehouse").toString();
    return started(
        "gatehouse",
        directory,
        port,
        List.of(
            "taskset",
            "-c",
            processors,
            program,
            "relay",
            "-c",
            directory.resolve("relay.toml").toString()));
  }

  /** coturn with the same credentials, peers and ports, and nothing it does not need. */
  static Server coturn(Path directory, String processors, int threads, int port)
      throws IOException {
    return started(
        "coturn",
        directory,
        port,
        List.of(
            "taskset",
            "-c",
            processors,
            "turnserver",
            "-n",
            "--use-auth-secret",
            "--static-auth-secret=" + SECRET,
            "--realm=bench",
            "--listening-ip=127.0.0.1",
            "--listening-port=" + port,
            "--relay-ip=127.0.0.1",
            "--allow-loopback-peers",
            "--min-port=10000",
            "--max-port=32000",
            "-m",
            Integer.toString(threads),
            "--no-tcp",
            "--no-tls",
            "--no-dtls",
            "--no-cli",
            "--pidfile=" + directory.resolve("coturn.pid"),
            "--log-file=/dev/null",
            "--simple-log"));
  }

  private static Server started(String label, Path directory, int port, List<String> command)
      throws IOException {
    var process =
        new ProcessBuilder(new ArrayList<>(command))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(label + ".log").toFile())
            .start();
    var server = new Server(label, process, loopback(port));
    if (!server.answers()) {
      server.close();
      throw new IOException(
          label + " does not answer:\n" + Files.readString(directory.resolve(label + ".log")));
    }
    return server;
  }

  /** Asks for a Binding until there is an answer. */
  private boolean answers() throws IOException {
    var request = new byte[20];
    request[1] = 1;
    request[4] = 0x21;
    request[5] = 0x12;
    request[6] = (byte) 0xa4;
    request[7] = 0x42;
    try (var socket = new DatagramSocket()) {
      socket.setSoTimeout(100);
      for (int i = 0; i < 300 && process.isAlive(); i++) {
        socket.send(new DatagramPacket(request, request.length, address));
        try {
          socket.receive(new DatagramPacket(new byte[512], 512));
          return true;
        } catch (SocketTimeoutException e) {
          // not yet
        }
      }
      return false;
    }
  }

  static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  String label() {
    return label;
  }

  InetSocketAddress address() {
    return address;
  }

  /** Seconds of processor it has used. */
  double processorSeconds() throws IOException {
    return Machine.processorSeconds(process.pid());
  }

  /** Resident memory in MiB. */
  double residentMebibytes() throws IOException {
    return Machine.residentMebibytes(process.pid());
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(1, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
