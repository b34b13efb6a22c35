package dev.gatehouse.crypto.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class NoiseHandshakeTest {

  @Test
  void bothSidesGiveThePublishedIkPsk2Transcripts() {
    var vectors = vectors();
    for (var vector : vectors) {
      transcript(vector);
    }
    assertThat(vectors).hasSize(4);
    Vectors.report("Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s", vectors.size());
  }

  private static void transcript(Map<String, String> vector) {
    var initiator = new Identity(get(vector, "init_static"));
    var responder = new Identity(get(vector, "resp_static"));
    var prologue = get(vector, "prologue");
    var psk = get(vector, "preshared_key");
    var secret = new byte[32];
    assertThat(initiator.agree(responder.publicKey(), secret)).isTrue();
    var calling =
        NoiseHandshake.initiator(
            initiator, prologue, responder.publicKey(), get(vector, "gen_init_ephemeral"));
    var answering =
        NoiseHandshake.responder(responder, prologue, get(vector, "gen_resp_ephemeral"));

    var first =
        Objects.requireNonNull(calling.writeInitiation(secret, get(vector, "msg_0_payload")));
    assertThat(first).isEqualTo(get(vector, "msg_0_ciphertext"));
    assertThat(answering.readInitiator(slice(first, 0, 32), slice(first, 32, 80)))
        .isEqualTo(initiator.publicKey());
    assertThat(answering.readPayload(secret, slice(first, 80, first.length)))
        .isEqualTo(get(vector, "msg_0_payload"));

    var second = Objects.requireNonNull(answering.writeResponse(psk, get(vector, "msg_1_payload")));
    assertThat(second).isEqualTo(get(vector, "msg_1_ciphertext"));
    var forged = second.clone();
    forged[forged.length - 1] ^= 1;
    assertThat(calling.readResponse(psk, slice(forged, 0, 32), slice(forged, 32, forged.length)))
        .as("a forged answer")
        .isNull();
    assertThat(calling.readResponse(psk, slice(second, 0, 32), slice(second, 32, second.length)))
        .as("the real answer after a forged one")
        .isEqualTo(get(vector, "msg_1_payload"));

    var keys = calling.split();
    assertThat(answering.split()).isDeepEqualTo(keys);
    for (int i = 2; vector.containsKey("msg_" + i + "_payload"); i++) {
      var nonce =
          ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putLong(4, i / 2 - 1).array();
      var payload = get(vector, "msg_" + i + "_payload");
      assertThat(HandshakeCipher.seal(keys[i % 2], nonce, payload, new byte[0]))
          .as("transport message %s", i)
          .isEqualTo(get(vector, "msg_" + i + "_ciphertext"));
    }
  }

  private static byte[] slice(byte[] bytes, int from, int to) {
    return java.util.Arrays.copyOfRange(bytes, from, to);
  }

  private static byte[] get(Map<String, String> vector, String name) {
    return HexFormat.of().parseHex(vector.getOrDefault(name, ""));
  }

  private static List<Map<String, String>> vectors() {
    var all = new ArrayList<Map<String, String>>();
    for (var line : Vectors.lines("noise-ikpsk2.txt")) {
      int equals = line.indexOf('=');
      if (line.startsWith("handshake=")) {
        all.add(new HashMap<>());
      }
      if (equals > 0 && !line.startsWith("#")) {
        all.getLast().put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return all;
  }
}
