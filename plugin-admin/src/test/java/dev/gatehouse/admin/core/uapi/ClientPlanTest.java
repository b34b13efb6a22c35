package dev.gatehouse.admin.core.uapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.store.Versioned;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClientPlanTest {

  private static final PublicKey OWN = key("ee");

  private final List<Versioned<Client>> known = new ArrayList<>();

  private static PublicKey key(String octet) {
    return PublicKey.of(filled(octet));
  }

  private static byte[] filled(String octet) {
    var bytes = new byte[32];
    Arrays.fill(bytes, (byte) Integer.parseInt(octet, 16));
    return bytes;
  }

  private void known(String id, String octet, Optional<SecretKey> psk, String... addresses) {
    known.add(
        new Versioned<>(
            new Client(
                new ClientId(id),
                id,
                key(octet),
                psk,
                TunnelAddresses.of(Stream.of(addresses).map(IpAddress::parse).toList())),
            known.size() + 1));
  }

  /** Lines of a set request; {@code public_key=ab} stands for 32 such octets. */
  private ClientPlan plan(String... lines) throws Refusal {
    var text = new StringBuilder("set=1\n");
    for (var line : lines) {
      int equals = line.indexOf('=');
      boolean isKey = line.startsWith("public_key") || line.startsWith("preshared_key");
      text.append(line, 0, equals + 1)
          .append(line.substring(equals + 1).repeat(isKey ? 32 : 1))
          .append('\n');
    }
    var request =
        new RequestParser()
            .take(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.US_ASCII)))
            .orElseThrow();
    return ClientPlan.of(((Request.Set) request).change(), known, OWN);
  }

  private Errno refused(String... lines) {
    return catchThrowableOfType(Refusal.class, () -> plan(lines)).errno();
  }

  private static List<String> texts(ClientPlan.Step step) {
    return step.addresses().stream().map(IpAddress::toString).toList();
  }

  @Test
  void anUnknownPeerBecomesAClient() throws Refusal {
    var plan =
        plan(
            "public_key=aa",
            "preshared_key=01",
            "allowed_ip=100.64.0.9/32",
            "allowed_ip=fd00::9/128",
            "public_key=bb");
    assertThat(plan.removals()).isEmpty();
    assertThat(plan.updates()).isEmpty();
    assertThat(plan.creations())
        .extracting(ClientPlan.Step::key)
        .containsExactly(key("aa"), key("bb"));
    assertThat(texts(plan.creations().getFirst())).containsExactly("100.64.0.9", "fd00::9");
    assertThat(plan.creations().getFirst().presharedKey()).contains(SecretKey.of(filled("01")));
    assertThat(texts(plan.creations().getLast())).as("the gateway chooses").isEmpty();
    assertThat(plan.adjustments()).isEmpty();
  }

  @Test
  void whatIsAsItWasIsNotTouched() throws Refusal {
    known("alice", "aa", Optional.of(SecretKey.of(filled("01"))), "100.64.0.2", "fd00::2");
    for (var all : List.of("replace_peers=true", "listen_port=0")) {
      var plan =
          plan(
              all,
              "public_key=aa",
              "preshared_key=01",
              "replace_allowed_ips=true",
              "allowed_ip=fd00::2/128",
              "allowed_ip=100.64.0.2/32");
      assertThat(plan.removals()).isEmpty();
      assertThat(plan.updates()).isEmpty();
      assertThat(plan.creations()).isEmpty();
    }
  }

  @Test
  void replacingAllPeersKeepsTheListedClientsAndRemovesTheOthers() throws Refusal {
    known("alice", "aa", Optional.of(SecretKey.of(filled("01"))), "100.64.0.2");
    known("bob", "bb", Optional.empty(), "100.64.0.3");
    var plan = plan("replace_peers=true", "public_key=aa");
    assertThat(plan.removals()).extracting(Client::id).containsExactly(new ClientId("bob"));
    assertThat(plan.creations()).isEmpty();
    var update = plan.updates().getFirst();
    assertThat(update.before()).contains(known.getFirst());
    assertThat(update.presharedKey()).as("a list without one means none").isEmpty();
    assertThat(texts(update))
        .as("a list without any leaves the choice")
        .containsExactly("100.64.0.2");
    assertThat(plan.adjustments())
        .containsExactly(
            new ClientPlan.Adjustment(key("aa"), Optional.empty(), Optional.of(Duration.ZERO)));
  }

  @Test
  void anEmptyListRemovesEverybody() throws Refusal {
    known("alice", "aa", Optional.empty(), "100.64.0.2");
    assertThat(plan("replace_peers=true").removals()).hasSize(1);
    assertThat(plan("listen_port=0").removals()).isEmpty();
  }

  @Test
  void aRemovedPeerLosesItsAuthorizationsEvenIfItIsAddedAgainAtOnce() throws Refusal {
    known("alice", "aa", Optional.of(SecretKey.of(filled("01"))), "100.64.0.2");
    assertThat(plan("public_key=aa", "remove=true").creations()).isEmpty();
    var plan = plan("public_key=aa", "remove=true", "public_key=aa", "allowed_ip=100.64.0.2/32");
    assertThat(plan.removals()).hasSize(1);
    assertThat(plan.updates()).isEmpty();
    var creation = plan.creations().getFirst();
    assertThat(creation.before()).isEmpty();
    assertThat(creation.presharedKey()).isEmpty();
  }

  @Test
  void updateOnlyCreatesNothing() throws Refusal {
    known("alice", "aa", Optional.empty(), "100.64.0.2");
    var plan =
        plan(
            "public_key=aa",
            "update_only=true",
            "preshared_key=02",
            "public_key=bb",
            "update_only=true",
            "allowed_ip=100.64.0.7/32",
            "public_key=cc",
            "remove=true");
    assertThat(plan.creations()).isEmpty();
    assertThat(plan.removals()).isEmpty();
    assertThat(plan.updates()).hasSize(1);
    assertThat(plan.updates().getFirst().presharedKey()).contains(SecretKey.of(filled("02")));
  }

  @Test
  void aKeyOfZerosTakesThePresharedKeyAway() throws Refusal {
    known("alice", "aa", Optional.of(SecretKey.of(filled("01"))), "100.64.0.2");
    assertThat(plan("public_key=aa", "preshared_key=00").updates().getFirst().presharedKey())
        .isEmpty();
    assertThat(plan("public_key=aa").updates()).isEmpty();
  }

  @Test
  void addressesAreAddedReplacedAndTakenAway() throws Refusal {
    known("alice", "aa", Optional.empty(), "100.64.0.2");
    assertThat(texts(plan("public_key=aa", "allowed_ip=fd00::2/128").updates().getFirst()))
        .containsExactly("100.64.0.2", "fd00::2");
    assertThat(
            texts(
                plan("public_key=aa", "replace_allowed_ips=true", "allowed_ip=100.64.0.5/32")
                    .updates()
                    .getFirst()))
        .containsExactly("100.64.0.5");
    assertThat(
            texts(
                plan("public_key=aa", "allowed_ip=-100.64.0.2/32", "allowed_ip=fd00::2/128")
                    .updates()
                    .getFirst()))
        .containsExactly("fd00::2");
    assertThat(plan("public_key=aa", "replace_allowed_ips=true").updates())
        .as("a client always has an address")
        .isEmpty();
  }

  @Test
  void networksAndSecondAddressesOfAFamilyAreRefused() {
    known("alice", "aa", Optional.empty(), "100.64.0.2");
    for (var network : List.of("0.0.0.0/0", "100.64.0.0/31", "::/0", "fd00::/64")) {
      assertThat(refused("public_key=aa", "allowed_ip=" + network)).isEqualTo(Errno.NOT_SUPPORTED);
    }
    assertThat(refused("public_key=aa", "allowed_ip=100.64.0.3/32")).isEqualTo(Errno.NOT_SUPPORTED);
    assertThat(refused("public_key=bb", "allowed_ip=fd00::1/128", "allowed_ip=fd00::2/128"))
        .isEqualTo(Errno.NOT_SUPPORTED);
  }

  @Test
  void oneAddressForTwoIsRefusedAndOneThatIsGivenUpIsFree() throws Refusal {
    known("alice", "aa", Optional.empty(), "100.64.0.2");
    known("bob", "bb", Optional.empty(), "100.64.0.3");
    assertThat(refused("public_key=cc", "allowed_ip=100.64.0.3/32"))
        .isEqualTo(Errno.ADDRESS_IN_USE);
    assertThat(
            refused(
                "public_key=cc",
                "allowed_ip=100.64.0.9/32",
                "public_key=dd",
                "allowed_ip=100.64.0.9/32"))
        .isEqualTo(Errno.ADDRESS_IN_USE);
    assertThat(
            refused(
                "replace_peers=true", "public_key=aa", "public_key=cc", "allowed_ip=100.64.0.2/32"))
        .isEqualTo(Errno.ADDRESS_IN_USE);
    assertThat(
            plan("replace_peers=true", "public_key=aa", "public_key=cc", "allowed_ip=100.64.0.3/32")
                .creations())
        .hasSize(1);
    assertThat(
            plan(
                    "public_key=aa",
                    "replace_allowed_ips=true",
                    "allowed_ip=100.64.0.3/32",
                    "public_key=bb",
                    "replace_allowed_ips=true",
                    "allowed_ip=100.64.0.4/32")
                .updates())
        .hasSize(2);
  }

  @Test
  void howToReachAPeerIsPassedOn() throws Refusal {
    known("alice", "aa", Optional.empty(), "100.64.0.2");
    var plan = plan("public_key=aa", "endpoint=192.0.2.1:7", "persistent_keepalive_interval=25");
    assertThat(plan.updates()).isEmpty();
    var adjustment = plan.adjustments().getFirst();
    assertThat(adjustment.endpoint().orElseThrow()).hasToString("192.0.2.1:7");
    assertThat(adjustment.persistentKeepalive()).contains(Duration.ofSeconds(25));
  }

  @Test
  void theGatewaysOwnKeyIsLeftOutAndNoKeyIsRefused() throws Refusal {
    assertThat(plan("public_key=ee", "allowed_ip=100.64.0.3/32").creations()).isEmpty();
    assertThat(refused("public_key=00")).isEqualTo(Errno.INVALID);
  }
}
