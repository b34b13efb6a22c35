package dev.gatehouse.store.postgres.io;

import dev.gatehouse.store.postgres.PostgresStoreConfig;
import dev.gatehouse.store.postgres.PostgresStoreConfig.Tls;
import dev.gatehouse.testkit.lab.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server of the tests' own: a new cluster in a temporary directory, on a free port of
 * the loopback interface, run by an unprivileged user. It can be killed, frozen and started again.
 */
public final class PostgresServer implements AutoCloseable {

  public static final String PASSWORD = "a secret of the tests";

  private final Path directory;
  private final Path bin;
  private final int port;
  private final List<String> settings;
  private @Nullable Process process;

  private PostgresServer(Path directory, Path bin, int port, List<String> settings) {
    this.directory = directory;
    this.bin = bin;
    this.port = port;
    this.settings = settings;
  }

  /** Starts a server; the test is skipped where PostgreSQL is not installed. */
  public static PostgresServer start(String... settings) {
    var bin = binaries();
    Assumptions.assumeTrue(
        bin.isPresent(), "PostgreSQL is not installed (Debian package postgresql)");
    Assumptions.assumeTrue(
        !isRoot() || Files.isExecutable(Path.of("/usr/bin/setpriv")),
        "as root, setpriv is needed to run PostgreSQL as somebody else");
    try {
      var directory =
          Files.createTempDirectory(
              "gatehouse-postgres",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      var server = new PostgresServer(directory, bin.get(), freePort(), List.of(settings));
      server.create();
      server.startAgain();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static Optional<Path> binaries() {
    try (var versions = Files.list(Path.of("/usr/lib/postgresql"))) {
      return versions
          .map(version -> version.resolve("bin"))
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .max(Comparator.naturalOrder());
    } catch (IOException e) {
      return Stream.of("/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin")
          .map(Path::of)
          .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
          .findFirst();
    }
  }

  private void create() throws IOException {
    var password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
    var data = Files.createDirectory(directory.resolve("data"));
    if (isRoot()) {
      run("chown", "nobody", data.toString());
    }
    var command = unprivileged("initdb");
    command.addAll(
        List.of(
            "-D",
            data.resolve("cluster").toString(),
            "-U",
            "gatehouse",
            "-A",
            "scram-sha-256",
            "--pwfile",
            password.toString(),
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync"));
    run(command.toArray(String[]::new));
    if (isRoot()) {
      run("chown", "nobody", password.toString());
    }
  }

  private List<String> unprivileged(String program) {
    var command = new ArrayList<String>();
    if (isRoot()) {
      command.addAll(List.of("setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups", "--"));
    }
    command.add(bin.resolve(program).toString());
    return command;
  }

  private static void run(String... command) throws IOException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + output);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Starts the server after it was stopped or killed, and waits until it answers. */
  public void startAgain() {
    var command = unprivileged("postgres");
    command.addAll(
        List.of(
            "-D", directory.resolve("data/cluster").toString(),
            "-p", String.valueOf(port),
            "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=",
            "-c", "max_connections=100"));
    settings.forEach(setting -> command.addAll(List.of("-c", setting)));
    var log = directory.resolve("log").toFile();
    Await.until(
        "the server to accept connections",
        Duration.ofSeconds(60),
        () -> {
          try {
            if (process == null || !process.isAlive()) {
              process =
                  new ProcessBuilder(command)
                      .redirectErrorStream(true)
                      .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                      .start();
            }
            return answers();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        this::log);
  }

  private boolean answers() {
    try (var connection = connect("postgres")) {
      return connection.isValid(5);
    } catch (SQLException e) {
      return false;
    }
  }

  /** What the server has logged. */
  public String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (IOException e) {
      return e.toString();
    }
  }

  public int port() {
    return port;
  }

  /** The file with the right password, mode 0600. */
  public Path passwordFile() {
    var file = directory.resolve("client-password");
    try {
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, PASSWORD + "\n");
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A directory for a test's files. */
  public Path directory() {
    return directory;
  }

  /** Connects as the administrator. */
  public Connection connect(String database) throws SQLException {
    var source = new PGSimpleDataSource();
    source.setServerNames(new String[] {"127.0.0.1"});
    source.setPortNumbers(new int[] {port});
    source.setDatabaseName(database);
    source.setUser("gatehouse");
    source.setPassword(PASSWORD);
    source.setSslMode("disable");
    source.setConnectTimeout(5);
    source.setSocketTimeout(30);
    return source.getConnection();
  }

  /** Carries out a statement as the administrator. */
  public void execute(String sql) {
    try (var connection = connect("postgres");
        var statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What an administrator reads as one value. */
  public String value(String sql) {
    try (var connection = connect("postgres");
        var statement = connection.createStatement();
        var row = statement.executeQuery(sql)) {
      row.next();
      return String.valueOf(row.getString(1));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A configuration that reaches this server, looks often, and waits briefly. */
  public PostgresStoreConfig config(String schema) {
    return config(schema, port);
  }

  /** The same by way of another port of this machine. */
  public PostgresStoreConfig config(String schema, int otherPort) {
    return new PostgresStoreConfig(
        "127.0.0.1",
        otherPort,
        "postgres",
        schema,
        "gatehouse",
        Optional.of(passwordFile()),
        Optional.empty(),
        Tls.OFF,
        Optional.empty(),
        Duration.ofSeconds(2),
        Duration.ofMillis(200),
        true,
        Duration.ofMillis(1),
        100_000);
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("the server was not started");
    }
    return process;
  }

  private void signal(String signal) {
    var process = running();
    var pids =
        Stream.concat(Stream.of(process.toHandle()), process.descendants())
            .map(handle -> String.valueOf(handle.pid()))
            .toList();
    var command = new ArrayList<>(List.of("kill", "-" + signal));
    command.addAll(pids);
    try {
      new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Kills the server as a power failure would. */
  public void kill() {
    signal("KILL");
    waitForEnd();
  }

  private void waitForEnd() {
    try {
      if (!running().waitFor(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Freezes the server: it keeps its connections, and answers nothing. */
  public void freeze() {
    signal("STOP");
  }

  /** Ends the freeze. */
  public void thaw() {
    signal("CONT");
  }

  @Override
  public void close() {
    if (process != null && process.isAlive()) {
      thaw();
      process.destroyForcibly();
      signal("KILL");
      waitForEnd();
    }
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
