package dev.gatehouse.admin.core.uapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random requests, whole and damaged. */
class RequestParserFuzzTest {

  private static final int ROUNDS = Integer.getInteger("gatehouse.uapi.rounds", 20_000);

  private final Random random;

  RequestParserFuzzTest() {
    long seed = Long.getLong("gatehouse.seed", System.nanoTime());
    System.out.println("UAPI requests: replay with -Dgatehouse.seed=" + seed);
    random = new Random(seed);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    var parser = new RequestParser();
    for (int round = 0; round < ROUNDS; round++) {
      var wanted = change();
      var input = ByteBuffer.wrap(text(wanted).getBytes(StandardCharsets.US_ASCII));
      Optional<Request> found = Optional.empty();
      while (found.isEmpty()) {
        int piece = Math.min(input.remaining(), 1 + random.nextInt(200));
        found = parser.take(input.slice(input.position(), piece));
        input.position(input.position() + piece);
        assertThat(found.isPresent()).isEqualTo(!input.hasRemaining());
      }
      assertThat(found).contains(new Request.Set(wanted));
    }
  }

  @Test
  void noDamageMakesItFailOrLoseItsPlace() {
    var parser = new RequestParser();
    int[] outcomes = new int[2];
    for (int round = 0; round < ROUNDS; round++) {
      var bytes = damaged(text(change()).getBytes(StandardCharsets.US_ASCII));
      var input = ByteBuffer.wrap(bytes);
      while (input.hasRemaining()) {
        try (var request = parser.take(input).orElse(new Request.Get())) {
          outcomes[request instanceof Request.Malformed ? 1 : 0]++;
        }
      }
      assertThat(bytes).containsOnly(0);
      // Whatever came, an empty line ends it, and what follows is understood.
      parser.take(ByteBuffer.wrap("\n\n".getBytes(StandardCharsets.US_ASCII)));
      parser.close();
      var next = parser.take(ByteBuffer.wrap("get=1\n\n".getBytes(StandardCharsets.US_ASCII)));
      assertThat(next).containsInstanceOf(Request.Get.class);
    }
    System.out.println("damaged requests: " + outcomes[1] + " refused");
    assertThat(outcomes[0]).isPositive();
    assertThat(outcomes[1]).isPositive();
  }

  private byte[] damaged(byte[] bytes) {
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(5)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = '\n';
        case 3 -> bytes = java.util.Arrays.copyOf(bytes, Math.max(1, at));
        default -> {
          int from = random.nextInt(bytes.length);
          int length = Math.min(bytes.length - from, bytes.length - at);
          System.arraycopy(bytes, from, bytes, at, random.nextInt(length + 1));
        }
      }
    }
    return bytes;
  }

  private DeviceChange change() {
    var peers = new ArrayList<PeerChange>();
    for (int i = random.nextInt(6); i > 0; i--) {
      peers.add(
          new PeerChange(
              PublicKey.of(bytes(32)),
              random.nextBoolean(),
              random.nextBoolean(),
              maybe(SecretKey.of(bytes(32))),
              maybe(new Endpoint(address(), 1 + random.nextInt(65535))),
              maybe(Duration.ofSeconds(random.nextInt(65536))),
              random.nextBoolean(),
              networks()));
    }
    return new DeviceChange(
        maybe(SecretKey.of(bytes(32))),
        maybe(random.nextInt(65536)),
        maybe(random.nextLong(1L << 32)),
        random.nextBoolean(),
        peers);
  }

  private List<PeerChange.AllowedIp> networks() {
    var networks = new ArrayList<PeerChange.AllowedIp>();
    for (int i = random.nextInt(4); i > 0; i--) {
      var address = address();
      networks.add(
          new PeerChange.AllowedIp(
              new Cidr(address, random.nextInt(address.bits() + 1)), random.nextBoolean()));
    }
    return networks;
  }

  private IpAddress address() {
    return random.nextBoolean()
        ? IpAddress.v4(1 + random.nextInt(Integer.MAX_VALUE))
        : IpAddress.of(bytes(16));
  }

  private <T> Optional<T> maybe(T value) {
    return random.nextBoolean() ? Optional.of(value) : Optional.empty();
  }

  private byte[] bytes(int length) {
    var bytes = new byte[length];
    random.nextBytes(bytes);
    bytes[0] |= 0x40; // neither unspecified nor an IPv4 address in the form of an IPv6 one
    return bytes;
  }

  private static String text(DeviceChange change) {
    var text = new StringBuilder("set=1\n");
    change.privateKey().ifPresent(key -> text.append("private_key=").append(hex(key)).append('\n'));
    change.listenPort().ifPresent(port -> text.append("listen_port=").append(port).append('\n'));
    change.fwmark().ifPresent(mark -> text.append("fwmark=").append(mark).append('\n'));
    if (change.replacePeers()) {
      text.append("replace_peers=true\n");
    }
    change.peers().forEach(peer -> text.append(text(peer)));
    return text.append('\n').toString();
  }

  private static String text(PeerChange peer) {
    var text = new StringBuilder("public_key=");
    text.append(HexFormat.of().formatHex(peer.key().bytes())).append('\n');
    if (peer.remove()) {
      text.append("remove=true\n");
    }
    if (peer.updateOnly()) {
      text.append("update_only=true\n");
    }
    peer.presharedKey()
        .ifPresent(key -> text.append("preshared_key=").append(hex(key)).append('\n'));
    peer.endpoint().ifPresent(at -> text.append("endpoint=").append(at).append('\n'));
    peer.persistentKeepalive()
        .ifPresent(every ->
            text.append("persistent_keepalive_interval=").append(every.toSeconds()).append('\n'));
    if (peer.replaceAllowedIps()) {
      text.append("replace_allowed_ips=true\n");
    }
    for (var allowed : peer.allowedIps()) {
      text.append("allowed_ip=")
          .append(allowed.remove() ? "-" : "")
          .append(allowed.network())
          .append('\n');
    }
    return text.toString();
  }

  private static String hex(SecretKey key) {
    var bytes = new byte[SecretKey.LENGTH];
    key.copyTo(bytes, 0);
    return HexFormat.of().formatHex(bytes);
  }
}
