package dev.gatehouse.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("kernel")
class NetLabTest {

  @Test
  void packetsCrossCablesAndForwardingMachines() {
    NetLab.needs("ping");
    try (var lab = NetLab.open()) {
      var left = lab.namespace("left");
      var middle = lab.namespace("middle");
      var right = lab.namespace("right");
      lab.cable(
          left, List.of("192.0.2.2/30", "fd00:1::2/64"),
          middle, List.of("192.0.2.1/30", "fd00:1::1/64"));
      lab.cable(
          middle, List.of("192.0.2.5/30", "fd00:2::1/64"),
          right, List.of("192.0.2.6/30", "fd00:2::2/64"));
      middle.forwards();
      left.route("192.0.2.4/30", "192.0.2.1");
      left.route("fd00:2::/64", "fd00:1::1");
      right.route("192.0.2.0/30", "192.0.2.5");
      right.route("fd00:1::/64", "fd00:2::1");

      assertThat(left.run("ping", "-c1", "-W2", "192.0.2.6").out()).contains("1 received");
      assertThat(left.run("ping", "-c1", "-W2", "fd00:2::2").out()).contains("1 received");
      assertThat(left.attempt("ping", "-c1", "-W1", "192.0.2.77").succeeded()).isFalse();
    }
  }

  @Test
  void closingEndsProgramsAndRemovesNamespaces() {
    Background sleeper;
    Path namespace;
    try (var lab = NetLab.open()) {
      var machine = lab.namespace("machine");
      namespace = Path.of("/run/netns", machine.name());
      sleeper = machine.start("sh", "-c", "echo ready; sleep 600");
      sleeper.awaitLine("ready", Duration.ofSeconds(60));
      assertThat(namespace).exists();
    }
    assertThat(sleeper.isAlive()).isFalse();
    assertThat(Files.exists(namespace)).isFalse();
  }

  @Test
  void aFailedCommandShowsWhatItSaid() {
    try (var lab = NetLab.open()) {
      var machine = lab.namespace("machine");
      assertThatThrownBy(() -> machine.run("ip", "link", "show", "nothing"))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("nothing")
          .hasMessageContaining("exit code 1");
    }
  }

  @Test
  void waitingForALineOfAnEndedProgramFailsAtOnce() {
    try (var lab = NetLab.open()) {
      var program = lab.namespace("machine").start("echo", "something else");
      assertThatThrownBy(() -> program.awaitLine("wanted", Duration.ofMinutes(5)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("something else");
      assertThat(program.awaitExit(Duration.ofSeconds(60))).isZero();
    }
  }
}
