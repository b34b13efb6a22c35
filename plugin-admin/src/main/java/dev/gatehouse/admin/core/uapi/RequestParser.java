package dev.gatehouse.admin.core.uapi;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.SecretKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests from a stream of bytes, in pieces of any size. A request that is wrong is read to
 * its empty line, so that the asker is there to hear the answer; what is wrong first counts. What
 * was read is overwritten, since it may hold keys.
 */
public final class RequestParser implements AutoCloseable {

  /** The most bytes of one request: some 25 000 peers. */
  public static final int MAX_BYTES = 8 << 20;

  /** The most bytes of one line; the longest meaningful one has some 80. */
  static final int MAX_LINE = 256;

  private final byte[] line = new byte[MAX_LINE];
  private int length;
  private boolean lineTooLong;
  private long taken;

  private @Nullable String operation;
  private @Nullable Refusal refusal;
  private @Nullable SecretKey privateKey;
  private @Nullable Integer listenPort;
  private @Nullable Long fwmark;
  private boolean replacePeers;
  private final List<PeerChange> peers = new ArrayList<>();
  private @Nullable Section section;

  /** The lines of one peer so far. */
  private static final class Section {
    final PublicKey key;
    final List<PeerChange.AllowedIp> allowedIps = new ArrayList<>();
    boolean remove;
    boolean updateOnly;
    boolean replaceAllowedIps;
    @Nullable SecretKey presharedKey;
    @Nullable Endpoint endpoint;
    @Nullable Duration persistentKeepalive;

    Section(PublicKey key) {
      this.key = key;
    }

    PeerChange finished() {
      return new PeerChange(
          key,
          remove,
          updateOnly,
          Optional.ofNullable(presharedKey),
          Optional.ofNullable(endpoint),
          Optional.ofNullable(persistentKeepalive),
          replaceAllowedIps,
          allowedIps);
    }
  }

  /** Whether a request has begun and is not complete. */
  public boolean isUnderWay() {
    return taken > 0;
  }

  /**
   * Takes bytes up to the end of a request, and overwrites them where they were.
   *
   * @return the request, if this was its end; the caller closes it
   */
  public Optional<Request> take(ByteBuffer input) {
    while (input.hasRemaining()) {
      int at = input.position();
      byte next = input.get();
      input.put(at, (byte) 0);
      if (++taken > MAX_BYTES && refusal == null) {
        refuse(
            new Refusal(
                Errno.TOO_BIG,
                "The request is larger than " + (MAX_BYTES >> 20) + " MiB.",
                "Change fewer peers at once."));
      }
      if (next != '\n') {
        append(next);
      } else if (length == 0 && !lineTooLong) {
        return Optional.of(complete());
      } else {
        lineEnds();
      }
    }
    return Optional.empty();
  }

  private void append(byte next) {
    if (length < MAX_LINE) {
      line[length++] = next;
    } else {
      lineTooLong = true;
    }
  }

  private void lineEnds() {
    try {
      if (refusal == null) {
        understand();
      }
    } catch (Refusal e) {
      refuse(e);
    } finally {
      Arrays.fill(line, 0, length, (byte) 0);
      length = 0;
      lineTooLong = false;
    }
  }

  /** The rest is read and not kept. */
  private void refuse(Refusal why) {
    change().close();
    forget();
    refusal = why;
  }

  private void understand() throws Refusal {
    if (lineTooLong) {
      throw new Refusal(
          Errno.PROTOCOL, "A line is longer than " + MAX_LINE + " bytes.", "Use a current wg.");
    }
    int equals = 0;
    while (equals < length && line[equals] != '=') {
      equals++;
    }
    if (equals == length) {
      throw new Refusal(Errno.PROTOCOL, "A line is not key=value.", "Use a current wg.");
    }
    var key = new String(line, 0, equals, StandardCharsets.ISO_8859_1);
    var value = Arrays.copyOfRange(line, equals + 1, length);
    try {
      understand(key, value);
    } finally {
      Arrays.fill(value, (byte) 0);
    }
  }

  private void understand(String key, byte[] value) throws Refusal {
    if (operation == null) {
      operation = operation(key, value);
    } else if (operation.equals("get")) {
      throw Values.invalid("A get request has no lines of its own.", "Send an empty line.");
    } else if (key.equals("public_key")) {
      endSection();
      section = new Section(Values.publicKey(key, value));
    } else if (section == null) {
      ofDevice(key, value);
    } else {
      ofPeer(section, key, value);
    }
  }

  private static String operation(String key, byte[] version) throws Refusal {
    boolean known = key.equals("get") || key.equals("set");
    if (!known || version.length != 1 || version[0] != '1') {
      throw Values.invalid(
          "The request is neither get=1 nor set=1.", "Use a wg that speaks version 1.");
    }
    return key;
  }

  private void ofDevice(String key, byte[] value) throws Refusal {
    switch (key) {
      case "private_key" -> {
        closeKey(privateKey);
        privateKey = Values.secret(key, value);
      }
      case "listen_port" -> listenPort = (int) Values.number(key, value, 65535);
      case "fwmark" -> fwmark = Values.number(key, value, 0xffff_ffffL);
      case "replace_peers" -> replacePeers = Values.yes(key, text(value));
      default -> throw unknown();
    }
  }

  private static void ofPeer(Section peer, String key, byte[] value) throws Refusal {
    switch (key) {
      case "remove" -> peer.remove = Values.yes(key, text(value));
      case "update_only" -> peer.updateOnly = Values.yes(key, text(value));
      case "preshared_key" -> {
        closeKey(peer.presharedKey);
        peer.presharedKey = Values.secret(key, value);
      }
      case "endpoint" -> peer.endpoint = Values.endpoint(text(value));
      case "persistent_keepalive_interval" -> peer.persistentKeepalive = Values.seconds(key, value);
      case "replace_allowed_ips" -> {
        peer.replaceAllowedIps = Values.yes(key, text(value));
        peer.allowedIps.clear();
      }
      case "allowed_ip" -> peer.allowedIps.add(Values.allowedIp(text(value)));
      case "protocol_version" -> {
        if (Values.number(key, value, 65535) != 1) {
          throw Values.invalid("The protocol version of a peer is not 1.", "There is no other.");
        }
      }
      default -> throw unknown();
    }
  }

  private static Refusal unknown() {
    return Values.invalid(
        "A line has a key that is not known here.", "Use a wg that speaks version 1.");
  }

  private static String text(byte[] value) {
    return new String(value, StandardCharsets.ISO_8859_1);
  }

  private void endSection() {
    if (section != null) {
      peers.add(section.finished());
      section = null;
    }
  }

  private DeviceChange change() {
    endSection();
    return new DeviceChange(
        Optional.ofNullable(privateKey),
        Optional.ofNullable(listenPort),
        Optional.ofNullable(fwmark),
        replacePeers,
        peers);
  }

  private Request complete() {
    var change = change();
    var done = operation;
    var wrong = refusal;
    forget();
    taken = 0;
    if (wrong != null) {
      return new Request.Malformed(wrong);
    }
    if (done == null) {
      return new Request.Malformed(
          Values.invalid("The request is empty.", "Send get=1 or set=1 first."));
    }
    return done.equals("get") ? new Request.Get() : new Request.Set(change);
  }

  /** Begins anew without touching the secrets. */
  private void forget() {
    operation = null;
    refusal = null;
    privateKey = null;
    listenPort = null;
    fwmark = null;
    replacePeers = false;
    peers.clear();
    section = null;
  }

  private static void closeKey(@Nullable SecretKey key) {
    if (key != null) {
      key.close();
    }
  }

  /** Overwrites what was read of a request that will not be complete. */
  @Override
  public void close() {
    Arrays.fill(line, (byte) 0);
    length = 0;
    lineTooLong = false;
    complete().close();
  }
}
