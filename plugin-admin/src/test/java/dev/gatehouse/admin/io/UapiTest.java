package dev.gatehouse.admin.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gatehouse.admin.AdminConfig;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The socket for wg, asked byte by byte. */
@Timeout(300)
class UapiTest {

  private static final String ALICE = HexFormat.of().formatHex(House.key(1).bytes());
  private static final String BOB = HexFormat.of().formatHex(House.key(2).bytes());
  private static final String PSK = "5a".repeat(32);
  private static final String ZERO = "00".repeat(32);
  private static final String OK = "errno=0\n\n";

  @TempDir Path directory;
  private House house;
  private AdminPlugin admin;
  private Path socket;

  @BeforeEach
  void start() throws InterruptedException {
    house = new House(directory);
    house.tunnel.follows = house.store;
    house.tunnel.privateKey[3] = 9;
    socket = directory.resolve("wg/gatehouse0.sock");
    admin = admin(Optional.of(true), Duration.ofSeconds(5));
    admin.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    admin.stop();
    admin.close();
    house.close();
  }

  private AdminPlugin admin(Optional<Boolean> uapi, Duration timeout) {
    return new AdminPlugin(
        new AdminConfig(Optional.empty(), timeout, uapi, directory.resolve("wg")), house.context);
  }

  private void restart(Optional<Boolean> uapi, Duration timeout) throws InterruptedException {
    admin.stop();
    admin.close();
    admin = admin(uapi, timeout);
    admin.start();
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  private static void send(SocketChannel to, String text) throws IOException {
    var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      to.write(bytes);
    }
  }

  /** Everything up to the end of an answer, or of the stream. */
  private static String receive(SocketChannel from) throws IOException {
    var text = new StringBuilder();
    var buffer = ByteBuffer.allocate(65536);
    try {
      while (text.indexOf("\n\n") < 0 && from.read(buffer.clear()) >= 0) {
        text.append(StandardCharsets.US_ASCII.decode(buffer.flip()));
      }
    } catch (SocketException e) {
      // cut off while something was under way
    }
    return text.toString();
  }

  private String ask(String request) throws IOException {
    try (var channel = connect()) {
      send(channel, request);
      return receive(channel);
    }
  }

  private String set(String... lines) throws IOException {
    return ask("set=1\n" + String.join("\n", lines) + "\n\n");
  }

  private Optional<Client> client(PublicKey key) {
    return house.store.clientByKey(key, new Deadline(0)).map(found -> found.value());
  }

  @Test
  void aPeerThatIsSetIsAClientLikeAllOthers() throws IOException {
    assertThat(
            set(
                "public_key=" + ALICE,
                "preshared_key=" + PSK,
                "endpoint=192.0.2.7:4711",
                "persistent_keepalive_interval=25",
                "replace_allowed_ips=true",
                "allowed_ip=10.99.0.7/32"))
        .isEqualTo(OK);
    var client = client(House.key(1)).orElseThrow();
    assertThat(client.id()).isEqualTo(UapiDevice.idOf(House.key(1)));
    assertThat(client.name()).isEqualTo("added with wg");
    assertThat(client.addresses().all()).hasToString("[10.99.0.7]");
    assertThat(client.presharedKey()).contains(SecretKey.of(HexFormat.of().parseHex(PSK)));
    assertThat(ask("get=1\n\n"))
        .isEqualTo(
            """
            private_key=00000009%s
            listen_port=51820
            public_key=%s
            preshared_key=%s
            protocol_version=1
            endpoint=192.0.2.7:4711
            last_handshake_time_sec=1700000000
            last_handshake_time_nsec=123
            tx_bytes=2000
            rx_bytes=1000
            persistent_keepalive_interval=25
            allowed_ip=10.99.0.7/32
            errno=0

            """
                .formatted("00".repeat(28), ALICE, PSK));
  }

  @Test
  void aPeerWithoutAllowedIpsGetsTheNextFreeAddresses() throws IOException {
    assertThat(set("public_key=" + ALICE, "public_key=" + BOB)).isEqualTo(OK);
    assertThat(client(House.key(1)).orElseThrow().addresses().all())
        .hasToString("[10.99.0.2, fd99::2]");
    assertThat(client(House.key(2)).orElseThrow().addresses().all())
        .hasToString("[10.99.0.3, fd99::3]");
  }

  @Test
  void aListOfAllPeersTouchesOnlyWhatDiffers() throws IOException {
    set("public_key=" + ALICE, "allowed_ip=10.99.0.7/32", "public_key=" + BOB);
    long version = house.store.version(new Deadline(0));
    var all =
        new String[] {
          "replace_peers=true",
          "public_key=" + ALICE,
          "preshared_key=" + ZERO,
          "replace_allowed_ips=true",
          "allowed_ip=10.99.0.7/32",
          "public_key=" + BOB
        };
    assertThat(set(all)).isEqualTo(OK);
    assertThat(house.store.version(new Deadline(0))).as("nothing was written").isEqualTo(version);

    assertThat(set("replace_peers=true", "public_key=" + BOB)).isEqualTo(OK);
    assertThat(client(House.key(1))).isEmpty();
    assertThat(client(House.key(2))).isPresent();
  }

  @Test
  void removingAPeerRemovesTheClient() throws IOException {
    set("public_key=" + ALICE);
    assertThat(set("public_key=" + ALICE, "remove=true")).isEqualTo(OK);
    assertThat(client(House.key(1))).isEmpty();
    assertThat(set("public_key=" + ALICE, "remove=true")).as("once more").isEqualTo(OK);
  }

  @Test
  void oneClientMayTakeTheAddressAnotherGivesUp() throws IOException {
    set("public_key=" + ALICE, "allowed_ip=10.99.0.7/32");
    set("public_key=" + BOB, "allowed_ip=10.99.0.8/32");
    assertThat(
            set(
                "public_key=" + ALICE,
                "replace_allowed_ips=true",
                "allowed_ip=10.99.0.8/32",
                "public_key=" + BOB,
                "replace_allowed_ips=true",
                "allowed_ip=10.99.0.9/32"))
        .isEqualTo(OK);
    assertThat(client(House.key(1)).orElseThrow().addresses().all()).hasToString("[10.99.0.8]");
    assertThat(set("replace_peers=true", "public_key=" + BOB, "allowed_ip=10.99.0.8/32"))
        .as("its owner goes with the same request")
        .isEqualTo(OK);
  }

  @Test
  void whatAGatewayDoesNotDoIsRefusedAndChangesNothing() throws IOException {
    set("public_key=" + BOB, "allowed_ip=10.99.0.8/32");
    long version = house.store.version(new Deadline(0));
    var refusals =
        Map.ofEntries(
            Map.entry("private_key=" + PSK, 95),
            Map.entry("private_key=" + ZERO, 95),
            Map.entry("listen_port=51821", 95),
            Map.entry("fwmark=7", 95),
            Map.entry("public_key=" + ALICE + "\nallowed_ip=0.0.0.0/0", 95),
            Map.entry("public_key=" + ALICE + "\nallowed_ip=192.0.2.1/32", 99),
            Map.entry("public_key=" + ALICE + "\nallowed_ip=10.99.0.1/32", 99),
            Map.entry("public_key=" + ALICE + "\nallowed_ip=10.99.0.8/32", 98),
            Map.entry("public_key=" + ZERO, 22),
            Map.entry("public_key=" + ALICE + "\nendpoint=nowhere", 22),
            Map.entry("public_key=" + ALICE + "\npublic_key=" + ALICE + "x", 22),
            Map.entry("public_key", 71));
    for (var refusal : refusals.entrySet()) {
      assertThat(set(refusal.getKey()))
          .as(refusal.getKey())
          .isEqualTo("errno=-" + refusal.getValue() + "\n\n");
    }
    assertThat(house.store.version(new Deadline(0))).isEqualTo(version);
  }

  @Test
  void whatIsSoAlreadyMayBeSet() throws IOException {
    var own = HexFormat.of().formatHex(house.tunnel.privateKey);
    assertThat(set("private_key=" + own, "listen_port=51820", "fwmark=0")).isEqualTo(OK);
    assertThat(set("listen_port=0")).as("any port").isEqualTo(OK);
  }

  @Test
  void anIdThatIsTakenByAnotherKeyIsNotOverwritten() throws IOException {
    var id = UapiDevice.idOf(House.key(1));
    new Asker(directory.resolve("admin.sock"))
        .post("/v1/clients", "{\"id\":\"" + id + "\",\"public-key\":\"" + House.key(5) + "\"}");
    assertThat(set("public_key=" + ALICE)).isEqualTo("errno=-17\n\n");
    assertThat(client(House.key(5))).isPresent();
  }

  @Test
  void whatOthersChangeMeanwhileIsTakenIntoAccount() throws IOException {
    set("public_key=" + ALICE, "allowed_ip=10.99.0.7/32");
    house.store.beforeUpdate =
        () -> {
          var now = house.store.clientByKey(House.key(1), new Deadline(0)).orElseThrow();
          var old = now.value();
          house.store.updateClient(
              new Client(old.id(), "renamed", old.publicKey(), old.presharedKey(), old.addresses()),
              now.version(),
              new Deadline(0));
        };
    assertThat(set("public_key=" + ALICE, "preshared_key=" + PSK)).isEqualTo(OK);
    assertThat(client(House.key(1)).orElseThrow().name()).isEqualTo("renamed");
    assertThat(client(House.key(1)).orElseThrow().presharedKey()).isPresent();
  }

  @Test
  void withoutAPolicyThereAreNoClientsToChange() throws Exception {
    var lone = new House(Files.createDirectories(directory.resolve("lone")), false);
    lone.tunnel.follows = lone.store;
    admin.stop();
    admin.close();
    house.close();
    house = lone;
    admin = admin(Optional.of(true), Duration.ofSeconds(5));
    admin.start();
    assertThat(set("public_key=" + ALICE)).isEqualTo("errno=-95\n\n");
    assertThat(ask("get=1\n\n")).endsWith(OK);
  }

  @Test
  void aStoreThatFailsIsAnErrorAndNoEmptyList() throws IOException {
    set("public_key=" + ALICE);
    house.store.unavailable = true;
    assertThat(ask("get=1\n\n")).isEqualTo("errno=-5\n\n");
    assertThat(set("replace_peers=true")).isEqualTo("errno=-5\n\n");
    house.store.unavailable = false;
    assertThat(client(House.key(1))).isPresent();
  }

  @Test
  void aTunnelThatDoesNotFollowIsTold() throws Exception {
    house.tunnel.follows = null;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answer = threads.submit(() -> set("public_key=" + ALICE));
      while (!answer.isDone()) {
        house.context.time().advance(Duration.ofMillis(100));
        Thread.onSpinWait();
      }
      assertThat(answer.get()).isEqualTo("errno=-110\n\n");
    }
    assertThat(client(House.key(1))).as("stored all the same").isPresent();
  }

  @Test
  void severalRequestsMayShareAConnection() throws IOException {
    try (var channel = connect()) {
      for (int i = 0; i < 3; i++) {
        send(channel, "get=1\n\n");
        assertThat(receive(channel)).endsWith(OK);
        send(channel, "nonsense\n\n");
        assertThat(receive(channel)).isEqualTo("errno=-71\n\n");
      }
    }
  }

  @Test
  void severalMayAskAtOnce() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<java.util.concurrent.Future<String>>();
      for (int i = 0; i < 12; i++) {
        var key = HexFormat.of().formatHex(House.key(100 + i).bytes());
        answers.add(threads.submit(() -> set("public_key=" + key)));
      }
      for (var answer : answers) {
        assertThat(answer.get()).isEqualTo(OK);
      }
    }
    assertThat(ask("get=1\n\n").lines().filter(line -> line.startsWith("allowed_ip=")).distinct())
        .hasSize(24);
  }

  @Test
  void tooManyConnectionsAreClosedAtOnceAndTheOthersServed() throws IOException {
    var open = new ArrayList<SocketChannel>();
    try {
      for (int i = 0; i < UapiServer.MAX_CONNECTIONS; i++) {
        open.add(connect());
        send(open.getLast(), "get=1\n\n");
        assertThat(receive(open.getLast())).endsWith(OK);
      }
      try (var tooMany = connect()) {
        assertThat(receive(tooMany)).isEmpty();
      }
      send(open.getFirst(), "get=1\n\n");
      assertThat(receive(open.getFirst())).endsWith(OK);
    } finally {
      for (var channel : open) {
        channel.close();
      }
    }
  }

  @Test
  void whoDoesNotFinishARequestIsCutOffAndNobodyWaitsForIt() throws Exception {
    restart(Optional.of(true), Duration.ofMillis(1500));
    try (var slow = connect()) {
      send(slow, "set=1\npublic_key=");
      assertThat(ask("get=1\n\n")).endsWith(OK);
      assertThat(receive(slow)).isEmpty();
    }
  }

  @Test
  void whoDoesNotTakeTheAnswerIsCutOff() throws Exception {
    restart(Optional.of(true), Duration.ofMillis(1500));
    try (var deaf = connect()) {
      var requests = "get=1\n\n".repeat(20_000);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100; i++) {
                  send(deaf, requests);
                }
              })
          .isInstanceOf(IOException.class);
    }
    assertThat(ask("get=1\n\n")).endsWith(OK);
  }

  @Test
  void theSocketIsForItsOwnerAndGoneAfterStop() throws Exception {
    assertThat(mode(socket)).isEqualTo("rw-------");
    assertThat(mode(directory.resolve("wg"))).isEqualTo("rwxr-xr-x");
    assertThat(String.valueOf(admin.status().get("wg")))
        .contains("open=true")
        .contains("gatehouse0");
    try (var open = connect()) {
      send(open, "get=1\n");
      admin.stop();
      assertThat(receive(open)).isEmpty();
    }
    try (var left = Files.list(directory.resolve("wg"))) {
      assertThat(left).isEmpty();
    }
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void aStaleSocketIsReplacedAndOneInUseIsNot() throws Exception {
    admin.stop();
    try (var other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(socket));
      var second = admin(Optional.of(true), Duration.ofSeconds(5));
      assertThatThrownBy(second::start)
          .isInstanceOfSatisfying(
              GatehouseException.class,
              e -> assertThat(e.code()).isEqualTo(StandardErrorCode.ADDRESS_IN_USE));
      second.close();

      admin = admin(Optional.empty(), Duration.ofSeconds(5));
      admin.start();
      assertThat(String.valueOf(admin.status().get("wg")))
          .contains("open=false")
          .contains("answers");
      assertThat(admin.health().isOk()).as("it goes without").isTrue();
      admin.stop();
    }
    assertThat(socket).exists();
    admin = admin(Optional.of(true), Duration.ofSeconds(5));
    admin.start();
    assertThat(ask("get=1\n\n")).endsWith(OK);
  }

  @Test
  void whereTheDirectoryCannotBeMadeItGoesWithoutUnlessToldOtherwise() throws Exception {
    admin.stop();
    Files.delete(directory.resolve("wg"));
    Files.writeString(directory.resolve("wg"), "not a directory");
    admin = admin(Optional.empty(), Duration.ofSeconds(5));
    admin.start();
    assertThat(admin.health().isOk()).isTrue();
    admin.stop();
    admin = admin(Optional.of(true), Duration.ofSeconds(5));
    assertThatThrownBy(admin::start).isInstanceOf(GatehouseException.class);
  }

  @Test
  void twoGatewaysInOneProcessHaveASocketEach() throws Exception {
    try (var other = new House(Files.createDirectories(directory.resolve("other")))) {
      other.tunnel.follows = other.store;
      other.tun.name = "gatehouse1";
      var config =
          new AdminConfig(
              Optional.empty(), Duration.ofSeconds(5), Optional.of(true), directory.resolve("wg"));
      var second = new AdminPlugin(config, other.context);
      second.start();
      assertThat(set("public_key=" + ALICE)).isEqualTo(OK);
      socket = directory.resolve("wg/gatehouse1.sock");
      assertThat(ask("get=1\n\n")).doesNotContain(ALICE).endsWith(OK);
      second.stop();
      second.close();
      assertThat(socket).doesNotExist();
      socket = directory.resolve("wg/gatehouse0.sock");
      assertThat(ask("get=1\n\n")).contains(ALICE).endsWith(OK);
    }
  }

  @Test
  void anInterfaceThatNoFileCanBeCalledAfterGetsNoSocket() throws Exception {
    for (var name : List.of("../escape", ".hidden", "a/b", "", "sixteen-letters-")) {
      house.tun.name = name;
      restart(Optional.empty(), Duration.ofSeconds(5));
      assertThat(String.valueOf(admin.status().get("wg"))).contains("open=false");
    }
    try (var left = Files.list(directory.resolve("wg"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void itCanBeSwitchedOff() throws Exception {
    restart(Optional.of(false), Duration.ofSeconds(5));
    assertThat(socket).doesNotExist();
    assertThat(String.valueOf(admin.status().get("wg"))).contains("switched off");
  }

  @Test
  void clientsThatCameOtherwiseAreShownToo() throws IOException {
    new Asker(directory.resolve("admin.sock"))
        .post("/v1/clients", "{\"id\":\"carol\",\"public-key\":\"" + House.key(1) + "\"}");
    assertThat(ask("get=1\n\n")).contains("public_key=" + ALICE, "allowed_ip=10.99.0.2/32");
    assertThat(set("public_key=" + ALICE, "remove=true")).isEqualTo(OK);
    assertThat(house.store.client(new ClientId("carol"), new Deadline(0))).isEmpty();
    assertThat(List.of(ask("get=1\n\n").split("\n"))).doesNotContain("public_key=" + ALICE);
  }
}
