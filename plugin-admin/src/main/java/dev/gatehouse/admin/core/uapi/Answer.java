package dev.gatehouse.admin.core.uapi;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The text of an answer, key by key as the reference writes them. It may hold keys: {@link
 * #close()} overwrites it, as does growing with what was there before.
 */
public final class Answer implements AutoCloseable {

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NOTHING = new byte[SecretKey.LENGTH];

  private byte[] text = new byte[1024];
  private int length;

  /**
   * One peer.
   *
   * @param key its key
   * @param presharedKey its pre-shared key
   * @param endpoint where it was last heard of
   * @param lastHandshake when the last handshake was completed
   * @param sentBytes sealed bytes sent to it
   * @param receivedBytes sealed bytes taken from it
   * @param persistentKeepalive how often it is sent something when there is nothing to say
   * @param addresses its addresses in the tunnel
   */
  public record PeerView(
      PublicKey key,
      Optional<SecretKey> presharedKey,
      Optional<Endpoint> endpoint,
      Optional<Instant> lastHandshake,
      long sentBytes,
      long receivedBytes,
      Optional<Duration> persistentKeepalive,
      List<IpAddress> addresses) {}

  /** The device's own lines. */
  public void device(Optional<SecretKey> privateKey, Optional<Integer> listenPort) {
    privateKey.ifPresent(key -> secret("private_key=", key));
    listenPort.ifPresent(port -> line("listen_port=", port));
  }

  /** The lines of one peer. */
  public void peer(PeerView peer) {
    put("public_key=");
    hex(peer.key().bytes());
    put("\n");
    if (peer.presharedKey().isPresent()) {
      secret("preshared_key=", peer.presharedKey().get());
    } else {
      put("preshared_key=");
      hex(NOTHING);
      put("\n");
    }
    line("protocol_version=", 1);
    peer.endpoint().ifPresent(endpoint -> put("endpoint=" + endpoint + "\n"));
    var handshake = peer.lastHandshake().orElse(Instant.EPOCH);
    line("last_handshake_time_sec=", handshake.getEpochSecond());
    line("last_handshake_time_nsec=", handshake.getNano());
    line("tx_bytes=", peer.sentBytes());
    line("rx_bytes=", peer.receivedBytes());
    line(
        "persistent_keepalive_interval=",
        peer.persistentKeepalive().map(Answer::wholeSeconds).orElse(0L));
    peer.addresses().forEach(address -> put("allowed_ip=" + address + "/" + address.bits() + "\n"));
  }

  /** Never zero, which would mean never. */
  private static long wholeSeconds(Duration interval) {
    return Math.clamp(interval.toSeconds(), 1, 65535);
  }

  /** The end of an answer that gives what was asked for. */
  public void succeeds() {
    put("errno=0\n\n");
  }

  /** The end of an answer that refuses; the reference writes the number with a minus, too. */
  public void fails(Errno errno) {
    put("errno=-" + errno.number() + "\n\n");
  }

  /** The bytes so far; valid until the next call. */
  public ByteBuffer bytes() {
    return ByteBuffer.wrap(text, 0, length);
  }

  private void line(String key, long value) {
    put(key + value + "\n");
  }

  private void secret(String key, SecretKey secret) {
    var bytes = new byte[SecretKey.LENGTH];
    secret.copyTo(bytes, 0);
    put(key);
    hex(bytes);
    put("\n");
    Arrays.fill(bytes, (byte) 0);
  }

  private void hex(byte[] bytes) {
    makeRoom(2 * bytes.length);
    for (byte b : bytes) {
      text[length++] = HEX[b >> 4 & 15];
      text[length++] = HEX[b & 15];
    }
  }

  private void put(String ascii) {
    var bytes = ascii.getBytes(StandardCharsets.US_ASCII);
    makeRoom(bytes.length);
    System.arraycopy(bytes, 0, text, length, bytes.length);
    length += bytes.length;
  }

  private void makeRoom(int more) {
    if (text.length - length < more) {
      var larger = Arrays.copyOf(text, Math.max(2 * text.length, length + more));
      Arrays.fill(text, (byte) 0);
      text = larger;
    }
  }

  @Override
  public void close() {
    Arrays.fill(text, (byte) 0);
    length = 0;
  }
}
