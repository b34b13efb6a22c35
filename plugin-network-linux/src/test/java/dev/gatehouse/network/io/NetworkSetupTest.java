package dev.gatehouse.network.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.network.core.RuleSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The set-up on a machine made of files and programs that only say how they were called. */
class NetworkSetupTest {

  private static final List<Cidr> NETWORKS =
      List.of(Cidr.parse("100.64.0.0/16"), Cidr.parse("fd00:6a7e::/64"));

  @TempDir private Path directory;
  private final Machine machine = new Machine();

  /** Programs that are installed, those that refuse, and what was called. */
  private static final class Machine extends Programs {
    Set<String> installed = Set.of("nft", "iptables", "iptables-restore", "ip6tables");
    Set<String> refusing = Set.of();
    String refusal = "Error: Operation not supported";

    @Override
    Optional<Path> find(String name) {
      return installed.contains(name) ? Optional.of(Path.of("/sbin", name)) : Optional.empty();
    }

    @Override
    Ended run(String input, List<String> command) {
      var name = Path.of(command.getFirst()).getFileName().toString();
      return refusing.contains(name) ? new Ended(1, refusal) : new Ended(0, "");
    }
  }

  @BeforeEach
  void parameters() throws IOException {
    put("net/ipv4/ip_forward", "0");
    put("net/ipv6/conf/all/forwarding", "0");
    put("net/ipv6/conf/eth0/accept_ra", "1");
    put("net/ipv6/conf/eth1/accept_ra", "0");
    put("kernel/random/boot_id", "boot-1");
  }

  private void put(String path, String value) throws IOException {
    var file = directory.resolve("sys").resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, value + "\n");
  }

  private String get(String path) throws IOException {
    return Files.readString(directory.resolve("sys").resolve(path)).strip();
  }

  private NetworkSetup setup(boolean masquerade) {
    return new NetworkSetup(
        new RuleSet("tunnel0", NETWORKS, 1420, masquerade),
        new Parameters(directory.resolve("sys")),
        machine,
        new BeforeFile(directory));
  }

  @Test
  void setsWhatIsNeededAndPutsItBack() throws Exception {
    var setup = setup(true);
    setup.apply();
    assertThat(get("net/ipv4/ip_forward")).isEqualTo("1");
    assertThat(get("net/ipv6/conf/eth0/accept_ra")).as("learns its routes").isEqualTo("2");
    assertThat(get("net/ipv6/conf/eth1/accept_ra")).isEqualTo("0");
    assertThat(setup.firewall()).isEqualTo("nft");

    setup.undo();

    assertThat(get("net/ipv4/ip_forward")).isEqualTo("0");
    assertThat(get("net/ipv6/conf/all/forwarding")).isEqualTo("0");
    assertThat(get("net/ipv6/conf/eth0/accept_ra")).isEqualTo("1");
    assertThat(directory.resolve("network.before")).doesNotExist();
  }

  @Test
  void whatSomebodyElseHasChangedSinceStays() throws Exception {
    var setup = setup(true);
    setup.apply();
    put("net/ipv6/conf/eth0/accept_ra", "0");
    setup.undo();
    assertThat(get("net/ipv6/conf/eth0/accept_ra")).isEqualTo("0");
    assertThat(get("net/ipv4/ip_forward")).isEqualTo("0");
  }

  @Test
  void withoutAnyProgramItSaysWhatToInstall() {
    machine.installed = Set.of();
    assertThatThrownBy(() -> setup(true).apply())
        .isInstanceOfSatisfying(
            GatehouseException.class,
            problem -> assertThat(problem.code()).isEqualTo(StandardErrorCode.DEVICE_UNAVAILABLE))
        .hasMessageContaining("nftables")
        .hasMessageContaining("masquerade = false");
  }

  @Test
  void withoutMasqueradingNoProgramIsNeeded() throws Exception {
    machine.installed = Set.of();
    var setup = setup(false);
    setup.apply();
    assertThat(setup.firewall()).isEqualTo("none");
    assertThat(get("net/ipv4/ip_forward")).isEqualTo("1");
  }

  @Test
  void whereTheKernelRefusesNftIptablesIsUsed() throws Exception {
    machine.refusing = Set.of("nft");
    var setup = setup(true);
    setup.apply();
    assertThat(setup.firewall()).isEqualTo("iptables");
    assertThat(Files.readString(directory.resolve("network.before"))).contains("filter iptables");
  }

  @Test
  void aMissingRightIsSaidInOneSentence() {
    machine.refusing = Set.of("nft", "iptables-restore");
    machine.refusal = "Operation not permitted (you must be root)";
    assertThatThrownBy(() -> setup(true).apply())
        .isInstanceOfSatisfying(
            GatehouseException.class,
            problem -> assertThat(problem.code()).isEqualTo(StandardErrorCode.PERMISSION_DENIED))
        .hasMessageContaining("CAP_NET_ADMIN");
  }

  @Test
  void aRecordOfAnotherBootIsIgnored() throws Exception {
    setup(true).apply();
    put("kernel/random/boot_id", "boot-2");
    put("net/ipv4/ip_forward", "1");

    setup(true).undo();

    assertThat(get("net/ipv4/ip_forward")).as("as the machine has booted").isEqualTo("1");
    assertThat(directory.resolve("network.before")).doesNotExist();
  }

  @Test
  void aStartAfterAKillKnowsWhatWasBefore() throws Exception {
    setup(true).apply();
    var next = setup(true);
    next.apply();
    next.undo();
    assertThat(get("net/ipv4/ip_forward")).isEqualTo("0");
    assertThat(get("net/ipv6/conf/eth0/accept_ra")).isEqualTo("1");
  }

  @Test
  void aParameterThatTheKernelLacksIsNamed() {
    assertThatThrownBy(
            () -> {
              Files.delete(directory.resolve("sys/net/ipv4/ip_forward"));
              Files.createDirectory(directory.resolve("sys/net/ipv4/ip_forward"));
              setup(true).apply();
            })
        .hasMessageContaining("net.ipv4.ip_forward")
        .hasMessageContaining("setup = false");
  }

  @Test
  void repairsWhatIsGone() throws Exception {
    var setup = setup(true);
    setup.apply();
    assertThat(setup.repair()).isEmpty();
    put("net/ipv4/ip_forward", "0");
    assertThat(setup.repair()).containsExactly("net.ipv4.ip_forward");
    assertThat(get("net/ipv4/ip_forward")).isEqualTo("1");
  }
}
