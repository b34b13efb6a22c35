package dev.gatehouse.bench.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A TURN client's requests over IPv4, as few as the load needs (RFC 8656). One thread. */
final class Dialog {

  /** Sends a request and gives the answer. */
  interface Wire {
    byte[] ask(byte[] request) throws IOException;
  }

  private static final int COOKIE = 0x2112a442;
  private static final int ALLOCATE = 0x003;
  private static final int REFRESH = 0x004;
  private static final int CHANNEL_BIND = 0x009;
  private static final int USERNAME = 0x0006;
  private static final int INTEGRITY = 0x0008;
  private static final int ERROR_CODE = 0x0009;
  private static final int CHANNEL_NUMBER = 0x000c;
  private static final int LIFETIME = 0x000d;
  private static final int XOR_PEER = 0x0012;
  private static final int REALM = 0x0014;
  private static final int NONCE = 0x0015;
  private static final int XOR_RELAYED = 0x0016;
  private static final int TRANSPORT = 0x0019;

  private final Wire wire;
  private final RandomGenerator random;
  private final String user;
  private final byte[] password;
  private byte[] realm = new byte[0];
  private byte[] nonce = new byte[0];
  private byte[] key = new byte[0];

  Dialog(Wire wire, RandomGenerator random, String user, String secret) {
    this.wire = wire;
    this.random = random;
    this.user = user;
    this.password = Base64.getEncoder().encode(mac(secret.getBytes(UTF_8), user.getBytes(UTF_8)));
  }

  /** Allocates, with the challenge first; gives the relayed address. */
  InetSocketAddress allocate() throws IOException {
    var transport = new byte[] {17, 0, 0, 0};
    var challenge = wire.ask(request(ALLOCATE, TRANSPORT, transport));
    realm = attribute(challenge, REALM);
    nonce = attribute(challenge, NONCE);
    key = md5((user + ":" + new String(realm, UTF_8) + ":" + new String(password, UTF_8)));
    var answer =
        wire.ask(request(ALLOCATE, TRANSPORT, transport, LIFETIME, new byte[] {0, 0, 2, 88}));
    var relayed = ByteBuffer.wrap(attribute(answer, XOR_RELAYED));
    int port = (relayed.getShort(2) & 0xffff) ^ (COOKIE >>> 16);
    var address = ByteBuffer.allocate(4).putInt(relayed.getInt(4) ^ COOKIE).array();
    return new InetSocketAddress(java.net.InetAddress.getByAddress(address), port);
  }

  /** Gives the allocation back. */
  void free() throws IOException {
    wire.ask(request(REFRESH, LIFETIME, new byte[4]));
  }

  /** Binds a channel. */
  void bind(int channel, InetSocketAddress peer) throws IOException {
    var number = ByteBuffer.allocate(4).putShort((short) channel).array();
    var place =
        ByteBuffer.allocate(8)
            .putShort((short) 1)
            .putShort((short) (peer.getPort() ^ (COOKIE >>> 16)))
            .putInt(ByteBuffer.wrap(peer.getAddress().getAddress()).getInt() ^ COOKIE)
            .array();
    var answer = wire.ask(request(CHANNEL_BIND, CHANNEL_NUMBER, number, XOR_PEER, place));
    if ((answer[0] & 1) != 1 || (answer[1] & 0x10) != 0) {
      throw new IOException("the channel was refused: " + error(answer));
    }
  }

  private byte[] request(int method, Object... attributes) throws IOException {
    var body = new ByteArrayOutputStream();
    for (int i = 0; i < attributes.length; i += 2) {
      put(body, (int) attributes[i], (byte[]) attributes[i + 1]);
    }
    if (key.length > 0) {
      put(body, USERNAME, user.getBytes(UTF_8));
      put(body, REALM, realm);
      put(body, NONCE, nonce);
    }
    int signed = key.length > 0 ? 24 : 0;
    var transaction = new byte[12];
    random.nextBytes(transaction);
    var message = ByteBuffer.allocate(20 + body.size() + signed);
    message.putShort((short) method).putShort((short) (body.size() + signed)).putInt(COOKIE);
    message.put(transaction).put(body.toByteArray());
    if (signed > 0) {
      var covered = new byte[message.position()];
      message.get(0, covered);
      message.putShort((short) INTEGRITY).putShort((short) 20).put(mac(key, covered));
    }
    return message.array();
  }

  private static void put(ByteArrayOutputStream body, int type, byte[] value) throws IOException {
    body.write(
        ByteBuffer.allocate(4).putShort((short) type).putShort((short) value.length).array());
    body.write(value);
    body.write(new byte[-value.length & 3]);
  }

  private static byte[] attribute(byte[] message, int type) throws IOException {
    var buffer = ByteBuffer.wrap(message);
    int at = 20;
    while (at + 4 <= message.length) {
      int length = buffer.getShort(at + 2) & 0xffff;
      if ((buffer.getShort(at) & 0xffff) == type) {
        var value = new byte[length];
        buffer.get(at + 4, value);
        return value;
      }
      at += 4 + (length + 3 & ~3);
    }
    throw new IOException("the answer is not the one hoped for: " + error(message));
  }

  private static String error(byte[] message) {
    for (int at = 20; at + 8 <= message.length; at += 4) {
      if (message[at] == 0 && message[at + 1] == ERROR_CODE) {
        return "error " + (message[at + 6] * 100 + message[at + 7]);
      }
    }
    return "type " + message[0] + "," + message[1];
  }

  private static byte[] mac(byte[] key, byte[] covered) {
    try {
      var mac = Mac.getInstance("HmacSHA1");
      mac.init(new SecretKeySpec(key, "HmacSHA1"));
      return mac.doFinal(covered);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] md5(String text) {
    try {
      return MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
