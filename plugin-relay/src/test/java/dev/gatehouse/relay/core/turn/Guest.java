package dev.gatehouse.relay.core.turn;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.relay.core.stun.Integrity;
import dev.gatehouse.relay.core.stun.Stun;
import dev.gatehouse.relay.core.stun.StunReader;
import dev.gatehouse.relay.core.stun.StunWriter;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A client of the relay in the lab. */
final class Guest {

  private final Lab lab;
  final Lab.Loop loop;
  final Endpoint at;
  final int link;
  private final Integrity integrity = new Integrity();
  private final StunWriter writer = new StunWriter(70_000);

  String username = "alice";
  String password = "wonderland";
  String realm = "firezone";
  byte @Nullable [] nonce;
  boolean sha256;
  boolean userhash;
  boolean algorithms;
  boolean fingerprint;
  boolean sign = true;

  private long transaction;

  Guest(Lab lab, Lab.Loop loop, String at, int link) {
    this.lab = lab;
    this.loop = loop;
    this.at = Endpoint.parse(at);
    this.link = link;
  }

  Guest(Lab lab, String at) {
    this(lab, lab.loop(), at, TurnClient.datagramLink(1));
  }

  Guest user(String name, String secret) {
    username = name;
    password = secret;
    return this;
  }

  byte[] key() {
    return algorithms
        ? integrity.sha256Key(username.getBytes(UTF_8), realm, password.getBytes(UTF_8))
        : integrity.md5Key(username.getBytes(UTF_8), realm, password.getBytes(UTF_8));
  }

  /** Builds a request with everything that proves who sent it. */
  byte[] request(int method, Consumer<StunWriter> body) {
    transaction = ++lab.transactions;
    return sameRequest(method, body);
  }

  /** The same transaction once more. */
  byte[] sameRequest(int method, Consumer<StunWriter> body) {
    begin(Stun.type(method, Stun.REQUEST));
    body.accept(writer);
    if (sign) {
      if (userhash) {
        writer.value(Stun.USERHASH, integrity.userhash(username.getBytes(UTF_8), realm));
      } else {
        writer.text(Stun.USERNAME, username);
      }
      writer.text(Stun.REALM, realm);
      if (nonce != null) {
        writer.value(Stun.NONCE, nonce);
      }
      if (algorithms) {
        writer.value(Stun.PASSWORD_ALGORITHMS, new byte[] {0, 2, 0, 0, 0, 1, 0, 0});
        writer.value(Stun.PASSWORD_ALGORITHM, new byte[] {0, 2, 0, 0});
      }
      writer.sign(integrity, key(), sha256);
    }
    if (fingerprint) {
      writer.fingerprint();
    }
    return Arrays.copyOf(writer.bytes(), writer.finish());
  }

  byte[] indication(Consumer<StunWriter> body) {
    transaction = ++lab.transactions;
    begin(Stun.type(Stun.SEND, Stun.INDICATION));
    body.accept(writer);
    return Arrays.copyOf(writer.bytes(), writer.finish());
  }

  private void begin(int type) {
    var id = new byte[12];
    for (int i = 0; i < 8; i++) {
      id[4 + i] = (byte) (transaction >>> (56 - 8 * i));
    }
    writer.begin(type, id, 0);
  }

  Lab.Delivery give(byte[] bytes) {
    return lab.fromClient(loop, at, link, bytes);
  }

  /** Whether nothing is answered to these bytes. */
  boolean isIgnored(byte[] bytes) {
    int before = loop.replies.size();
    give(bytes);
    return loop.replies.size() == before;
  }

  /** Sends bytes that must be answered, and gives the answer. */
  StunReader ask(byte[] bytes) {
    if (isIgnored(bytes)) {
      throw new AssertionError("no answer");
    }
    var reply = loop.last();
    if (!reply.to().equals(at) || reply.link() != link) {
      throw new AssertionError("the answer went to " + reply.to());
    }
    return reply.read();
  }

  /** Sends a request; fetches a nonce first if there is none, or again if it is stale. */
  StunReader call(int method, Consumer<StunWriter> body) {
    var answer = ask(request(method, body));
    if (code(answer) == 401 || code(answer) == 438) {
      var fresh = answer.value(Stun.NONCE);
      if (nonce == null || !Arrays.equals(nonce, fresh)) {
        nonce = fresh;
        answer = ask(request(method, body));
      }
    }
    return answer;
  }

  /** The code of an answer, 0 for success. */
  static int code(StunReader answer) {
    if (answer.messageClass() == Stun.SUCCESS) {
      return 0;
    }
    int value = answer.firstU32(Stun.ERROR_CODE);
    return (value >>> 8 & 7) * 100 + (value & 0xff);
  }

  boolean signed(StunReader answer) {
    return answer.verify(
        integrity, sha256 ? Stun.MESSAGE_INTEGRITY_SHA256 : Stun.MESSAGE_INTEGRITY, key());
  }

  static void udp(StunWriter to) {
    to.number(Stun.REQUESTED_TRANSPORT, 17 << 24);
  }

  static void nothing(StunWriter to) {}

  static Consumer<StunWriter> peer(String peer) {
    return to -> {
      var endpoint = Endpoint.parse(peer);
      to.xorAddress(
          Stun.XOR_PEER_ADDRESS,
          endpoint.address().high(),
          endpoint.address().low(),
          endpoint.port());
    };
  }

  int allocate() {
    return code(call(Stun.ALLOCATE, Guest::udp));
  }

  int allocateBoth() {
    return code(
        call(
            Stun.ALLOCATE,
            to -> {
              udp(to);
              to.number(Stun.ADDITIONAL_ADDRESS_FAMILY, Stun.IPV6 << 24);
            }));
  }

  StunReader refresh(int lifetime) {
    return call(Stun.REFRESH, to -> to.number(Stun.LIFETIME, lifetime));
  }

  int permit(String peer) {
    return code(call(Stun.CREATE_PERMISSION, peer(peer + ":0")));
  }

  int bind(int channel, String peer) {
    return code(
        call(
            Stun.CHANNEL_BIND,
            to -> {
              to.number(Stun.CHANNEL_NUMBER, channel << 16);
              peer(peer).accept(to);
            }));
  }

  Lab.Delivery send(String peer, byte[] payload) {
    return give(
        indication(to -> {
          peer(peer).accept(to);
          to.value(Stun.DATA, payload);
        }));
  }

  Lab.Delivery channelData(int channel, byte[] payload) {
    var bytes = new byte[4 + payload.length];
    bytes[0] = (byte) (channel >>> 8);
    bytes[1] = (byte) channel;
    bytes[2] = (byte) (payload.length >>> 8);
    bytes[3] = (byte) payload.length;
    System.arraycopy(payload, 0, bytes, 4, payload.length);
    return give(bytes);
  }

  /** The relayed address of an answer, the first or the second. */
  static Endpoint relayed(StunReader answer, int index) {
    int seen = 0;
    for (int i = 0; i < answer.count(); i++) {
      if (answer.typeAt(i) == Stun.XOR_RELAYED_ADDRESS && seen++ == index) {
        answer.xorAddress(answer.placeAt(i));
        return new Endpoint(new IpAddress(answer.high(), answer.low()), answer.port());
      }
    }
    throw new AssertionError("no such address");
  }

  /** How many relayed addresses an answer has. */
  static int relayedCount(StunReader answer) {
    int count = 0;
    for (int i = 0; i < answer.count(); i++) {
      count += answer.typeAt(i) == Stun.XOR_RELAYED_ADDRESS ? 1 : 0;
    }
    return count;
  }

  /** The handle of the socket of the only allocation of the loop with this port and family. */
  int relay(Endpoint relayed) {
    for (var socket : loop.sockets.entrySet()) {
      if (socket.getValue() == relayed.port()
          && ((socket.getKey() & 1) != 0) != relayed.address().isV4()) {
        return socket.getKey();
      }
    }
    throw new AssertionError("no socket at " + relayed);
  }
}
