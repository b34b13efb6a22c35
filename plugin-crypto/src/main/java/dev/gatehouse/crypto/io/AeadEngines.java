package dev.gatehouse.crypto.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.crypto.AeadChoice;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.HandshakeCipher;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out which implementations of ChaCha20-Poly1305 work here, and takes the fastest. */
final class AeadEngines {

  private static final Logger log = LoggerFactory.getLogger(AeadEngines.class);

  private AeadEngines() {}

  /**
   * The engine to use.
   *
   * @throws GatehouseException if the one that is asked for does not work here
   */
  static AeadEngine choose(AeadChoice choice) {
    return choose(choice, candidates(choice));
  }

  static AeadEngine choose(AeadChoice choice, List<Supplier<@Nullable AeadEngine>> candidates) {
    for (var candidate : candidates) {
      var engine = candidate.get();
      if (engine == null) {
        continue;
      }
      if (works(engine)) {
        return engine;
      }
      log.atWarn()
          .addKeyValue("aead", engine.name())
          .log("the AEAD engine computes wrong results on this machine and is not used");
    }
    throw new GatehouseException(
        StandardErrorCode.DEVICE_UNAVAILABLE,
        "The AEAD engine '" + choice.label() + "' does not work on this machine.",
        "Set aead = \"auto\" in section [tunnel], which takes the best one that works.");
  }

  private static List<Supplier<@Nullable AeadEngine>> candidates(AeadChoice choice) {
    var all = new ArrayList<Supplier<@Nullable AeadEngine>>();
    boolean any = choice == AeadChoice.AUTO;
    if (any || choice == AeadChoice.OPENSSL) {
      all.add(OpenSslEngine::load);
      all.add(OpenSslEngine::loadWhole);
    }
    if (choice == AeadChoice.IPSEC_MB) {
      all.add(IpsecMbEngine::load);
    }
    if (any || choice == AeadChoice.JDK) {
      all.add(JdkEngine::new);
    }
    if (any || choice == AeadChoice.BOUNCYCASTLE) {
      all.add(BouncyCastleEngine::new);
    }
    return all;
  }

  /**
   * Whether an engine, and what it gives to one thread, compute what RFC 8439 and BouncyCastle say,
   * and refuse a wrong tag.
   */
  static boolean works(AeadEngine engine) {
    try (var confined = engine.confined()) {
      return knowsTheRfcVector(engine)
          && agreesOnPackets(engine)
          && knowsTheRfcVector(confined)
          && agreesOnPackets(confined);
    } catch (RuntimeException | LinkageError e) {
      log.atDebug().setCause(e).addKeyValue("aead", engine.name()).log("self-test failed");
      return false;
    }
  }

  /** RFC 8439, section 2.8.2. */
  private static boolean knowsTheRfcVector(AeadEngine engine) {
    var key = new byte[32];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (0x80 + i);
    }
    var hex = HexFormat.of();
    var nonce = hex.parseHex("070000004041424344454647");
    var associated = hex.parseHex("50515253c0c1c2c3c4c5c6c7");
    var text =
        ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                + "future, sunscreen would be it.")
            .getBytes(StandardCharsets.US_ASCII);
    var tag = hex.parseHex("1ae10b594f09e26a7e902ecbd0600691");
    var sealed = engine.seal(key, nonce, text, associated);
    if (!Arrays.equals(sealed, text.length, sealed.length, tag, 0, tag.length)) {
      return false;
    }
    boolean opens = Arrays.equals(text, engine.open(key, nonce, sealed, associated));
    sealed[3] ^= 1;
    return opens && engine.open(key, nonce, sealed, associated) == null;
  }

  private static boolean agreesOnPackets(AeadEngine engine) {
    var random = new Random(8439);
    var key = new byte[32];
    random.nextBytes(key);
    try (var arena = Arena.ofConfined();
        var sealing = engine.sealingKey(key);
        var opening = engine.openingKey(key)) {
      var from = arena.allocate(2048, 64);
      var to = arena.allocate(2048, 64);
      for (int length : new int[] {0, 1, 15, 16, 17, 63, 64, 65, 511, 1280, 1420}) {
        var text = new byte[length];
        random.nextBytes(text);
        long counter = random.nextLong() >>> 1;
        MemorySegment.copy(text, 0, from, ValueLayout.JAVA_BYTE, 64, length);
        sealing.seal(counter, from, 64, length, to, 80);
        var sealed = to.asSlice(80, length + 16).toArray(ValueLayout.JAVA_BYTE);
        if (!Arrays.equals(sealed, expected(key, counter, text))) {
          return false;
        }
        if (!opening.open(counter, to, 80, length + 16)
            || to.asSlice(80, length).mismatch(MemorySegment.ofArray(text)) >= 0) {
          return false;
        }
        sealed[length / 2] ^= 4;
        MemorySegment.copy(sealed, 0, to, ValueLayout.JAVA_BYTE, 80, sealed.length);
        if (opening.open(counter, to, 80, length + 16)) {
          return false;
        }
      }
    }
    return true;
  }

  private static byte[] expected(byte[] key, long counter, byte[] text) {
    var nonce = new byte[12];
    for (int i = 0; i < 8; i++) {
      nonce[4 + i] = (byte) (counter >>> (8 * i));
    }
    return HandshakeCipher.seal(key, nonce, text, new byte[0]);
  }
}
