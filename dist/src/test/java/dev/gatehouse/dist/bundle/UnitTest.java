package dev.gatehouse.dist.bundle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.dist.Bundle;
import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.NetLab;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The units: what systemd says of them, and the gateway under the rights they leave it. */
@Tag("kernel")
@Timeout(900)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "bundles are made there")
class UnitTest {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String NOBODYS_ID = "61234";
  private static final List<String> UNITS = List.of("gatehouse", "gatehouse-relay");

  @TempDir Path work;

  @BeforeAll
  static void bundlesCanBeMade() {
    Program.needsInventory();
  }

  private static Path unit(String name) {
    return Bundle.sources().resolve("dist/src/main/deb/" + name + ".service");
  }

  @Test
  void systemdUnderstandsEveryLine() throws IOException {
    Program.needs("systemd-analyze", "systemd");
    var bundle = Outputs.unpacked(Outputs.x64(), work);
    for (var name : UNITS) {
      var copy = work.resolve(name + ".service");
      Files.writeString(
          copy,
          Files.readString(unit(name))
              .replace("/usr/bin/gatehouse", bundle.resolve("bin/gatehouse").toString())
              .replaceAll("Documentation=.*", ""));
      var said = Program.run("systemd-analyze", "verify", "--man=no", copy.toString());
      assertThat(said.lines().filter(line -> line.contains(name + ".service"))).isEmpty();
    }
  }

  @Test
  void theirExposureStaysLow() {
    Program.needs("systemd-analyze", "systemd");
    // In tenths; 25 is what remains for a gateway that changes the network.
    for (var limit : Map.of("gatehouse", 25, "gatehouse-relay", 20).entrySet()) {
      var said =
          Program.attempt(
              "systemd-analyze",
              "security",
              "--offline=true",
              "--no-pager",
              "--threshold=" + limit.getValue(),
              unit(limit.getKey()).toString());
      assertThat(said.exitCode()).as(said.output()).isZero();
    }
  }

  @Test
  void whatEndsWithABadConfigurationIsNotStartedAgain() throws IOException {
    var bad = Files.writeString(work.resolve("bad.toml"), "nonsense = 1\n");
    var program = Bundle.program().toString();
    var ended = Program.attempt(program, "run", "--config", bad.toString());
    for (var name : UNITS) {
      assertThat(Files.readString(unit(name)))
          .contains("Restart=on-failure")
          .containsPattern("RestartPreventExitStatus=.*\\b" + ended.exitCode() + "\\b");
    }
    assertThat(Program.attempt(program, "run", "--nonsense").exitCode()).isEqualTo(2);
  }

  /** Another user than root, who may administer the network and nothing else, as in the unit. */
  @Test
  void theGatewayNeedsNoOtherRightThanToAdministerTheNetwork() throws Exception {
    NetLab.needsTun();
    NetLab.needs("setpriv", "nft");
    Program.needsRoot("giving up rights");
    assumeTrue(Epoll.isAvailable(), "needs Linux with Netty's native library");
    Files.setPosixFilePermissions(work, PosixFilePermissions.fromString("rwxr-xr-x"));
    var bundle = Outputs.unpacked(Outputs.x64(), work.resolve("opt"));
    var state = Files.createDirectory(work.resolve("state"));
    var credentials = Files.createDirectory(work.resolve("credentials"));
    var keygen = Program.run(bundle.resolve("bin/gatehouse").toString(), "keygen");
    var key = Files.writeString(credentials.resolve("tunnel-key"), keygen);
    // As systemd leaves it where the directory knows access lists.
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("r--r-----"));
    Program.run(
        "chown", "-R", NOBODYS_ID + ":" + NOBODYS_ID, state.toString(), credentials.toString());
    Program.run("chmod", "0700", state.toString(), credentials.toString());
    var notify = work.resolve("notify");
    try (var lab = NetLab.open();
        var manager = new Manager(notify)) {
      Program.run("chmod", "0666", notify.toString());
      var config =
          Files.writeString(
              work.resolve("gw.toml"),
              """
              state-directory = "%s"
              [tun]
              name = "%s"
              [tunnel]
              private-key-file = "%s"
              """
                  .formatted(state, lab.prefix() + "u", key));
      Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));
      var machine = lab.namespace("unit");
      // Where udev runs, everybody may open the device; it does nothing without the capability.
      var device = work.resolve("tun");
      Program.run("sh", "-c", "mknod -m 0666 \"$1\" c 10 200", "sh", device.toString());
      var command =
          new ArrayList<>(
              List.of(
                  "unshare",
                  "--mount",
                  "sh",
                  "-c",
                  "mount --bind \"$0\" /dev/net/tun && exec \"$@\"",
                  device.toString(),
                  "setpriv",
                  "--reuid=" + NOBODYS_ID,
                  "--regid=" + NOBODYS_ID,
                  "--clear-groups",
                  "--no-new-privs",
                  "--bounding-set=-all,+net_admin",
                  "--inh-caps=-all,+net_admin",
                  "--ambient-caps=-all,+net_admin"));
      command.addAll(
          List.of(
              bundle.resolve("bin/gatehouse").toString(), "run", "--config", config.toString()));
      var environment =
          Map.of(
              "NOTIFY_SOCKET",
              notify.toString(),
              "WATCHDOG_USEC",
              "30000000",
              "CREDENTIALS_DIRECTORY",
              credentials.toString());
      try (var gateway = machine.start(environment, work, command.toArray(String[]::new))) {
        Await.until(
            "READY=1",
            PATIENCE,
            () -> {
              assertThat(gateway.isAlive()).as(gateway.output()).isTrue();
              return manager.received().contains("READY=1");
            });
        Await.until("WATCHDOG=1", PATIENCE, () -> manager.received().contains("WATCHDOG=1"));
        assertThat(machine.run("cat", "/proc/" + gateway.pid() + "/status").out())
            .containsPattern("Uid:\\s+" + NOBODYS_ID)
            .containsPattern("CapEff:\\s+0000000000001000")
            .containsPattern("CapBnd:\\s+0000000000001000");
        assertThat(machine.run("cat", "/proc/sys/net/ipv4/ip_forward").out().strip())
            .isEqualTo("1");
        assertThat(machine.run("nft", "list", "tables").out()).contains("gatehouse-");
        gateway.signal("TERM");
        Await.until("STOPPING=1", PATIENCE, () -> manager.received().contains("STOPPING=1"));
        assertThat(gateway.awaitExit(PATIENCE)).as(gateway.output()).isZero();
        assertThat(machine.run("cat", "/proc/sys/net/ipv4/ip_forward").out().strip())
            .isEqualTo("0");
        assertThat(machine.run("nft", "list", "tables").out()).doesNotContain("gatehouse-");
      }
    }
  }

  /** What stands in for systemd: it listens. */
  private static final class Manager implements AutoCloseable {
    private final Socket socket = Socket.newSocketDomainDgram();
    private final List<String> received = new ArrayList<>();

    Manager(Path path) throws IOException {
      socket.bind(new DomainSocketAddress(path.toString()));
    }

    List<String> received() {
      try {
        var buffer = ByteBuffer.allocateDirect(256);
        while (true) {
          var from = socket.recvFromDomainSocket(buffer, 0, 256);
          if (from == null) {
            return received;
          }
          var bytes = new byte[from.receivedAmount()];
          buffer.get(0, bytes);
          received.addAll(Stream.of(new String(bytes, UTF_8).split("\n", -1)).toList());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
