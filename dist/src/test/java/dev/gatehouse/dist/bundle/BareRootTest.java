package dev.gatehouse.dist.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.NetLab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The archive with a runtime, where there are only the C library, bash and coreutils. */
@Tag("kernel")
@Timeout(900)
@EnabledOnOs(value = OS.LINUX, architectures = "amd64", disabledReason = "bundles are made there")
class BareRootTest {

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  @TempDir Path work;

  @BeforeAll
  static void bundlesCanBeMade() {
    Program.needsInventory();
  }

  @Test
  void aGatewayRunsOnAMachineWithoutJava() throws Exception {
    NetLab.needsTun();
    Program.needsRoot("changing the root directory");
    try (var lab = NetLab.open()) {
      var root =
          new BareRoot(work.resolve("root"))
              .with("bash", "cat", "dirname", "env", "readlink", "stat", "uname");
      var bundle = Outputs.unpacked(Outputs.x64(), root.path().resolve("opt"));
      var program = "/opt/" + bundle.getFileName() + "/bin/gatehouse";
      Files.writeString(
          root.path().resolve("etc/gw.toml"),
          """
          state-directory = "/var/lib/gatehouse"
          [tun]
          name = "%s"
          [transport]
          listen = ["127.0.0.1:51820"]
          """
              .formatted(lab.prefix() + "b"));
      assertThat(root.run(program, "--version")).contains("gatehouse ").contains("Java ");
      assertThat(root.run(program, "check", "--config", "/etc/gw.toml"))
          .contains("Everything is in order");
      assertThat(root.run(program, "check", "--describe")).contains("[auth-store]");
      assertThat(root.run(program, "plugins"))
          .contains("postgres", "sqlite", "tun-linux", "relay")
          .doesNotContain("cannot be loaded");

      var machine = lab.namespace("bare");
      var run =
          root.command(program, "run", "--no-network-setup", "--config", "/etc/gw.toml")
              .toArray(String[]::new);
      try (var gateway = machine.start(run)) {
        gateway.awaitLine("gatehouse ready", PATIENCE);
        var status =
            machine.run(
                root.command(program, "status", "--config", "/etc/gw.toml").toArray(String[]::new));
        assertThat(status.out()).containsPattern("state +ready");
        gateway.signal("TERM");
        assertThat(gateway.awaitExit(PATIENCE)).as(gateway.output()).isZero();
        assertThat(gateway.output()).contains("gatehouse stopped");
      }
    }
  }
}
