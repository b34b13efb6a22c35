package dev.gatehouse.crypto.io;

import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import dev.gatehouse.crypto.core.HandshakeCipher;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** ChaCha20-Poly1305 of BouncyCastle: slow and allocating, but there wherever Java is. */
final class BouncyCastleEngine implements AeadEngine {

  static final String NAME = "bouncycastle";

  private static final byte[] NOTHING = new byte[0];

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public AeadKey sealingKey(byte[] key) {
    return new Key(key);
  }

  @Override
  public AeadKey openingKey(byte[] key) {
    return new Key(key);
  }

  @Override
  public byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    return HandshakeCipher.seal(key, nonce, plaintext, associated);
  }

  @Override
  public byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    return HandshakeCipher.open(key, nonce, sealed, associated);
  }

  private static final class Key implements AeadKey {

    private final byte[] key;
    private boolean closed;

    Key(byte[] key) {
      this.key = key.clone();
    }

    private byte[] nonce(long counter) {
      if (closed) {
        throw new IllegalStateException("the key is closed");
      }
      return ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putLong(4, counter).array();
    }

    @Override
    public void seal(
        long counter,
        MemorySegment source,
        long sourceOffset,
        int length,
        MemorySegment target,
        long targetOffset) {
      var text = source.asSlice(sourceOffset, length).toArray(ValueLayout.JAVA_BYTE);
      var sealed = HandshakeCipher.seal(key, nonce(counter), text, NOTHING);
      MemorySegment.copy(sealed, 0, target, ValueLayout.JAVA_BYTE, targetOffset, sealed.length);
    }

    @Override
    public boolean open(long counter, MemorySegment memory, long offset, int length) {
      var sealed = memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      var text = HandshakeCipher.open(key, nonce(counter), sealed, NOTHING);
      if (text == null) {
        return false;
      }
      MemorySegment.copy(text, 0, memory, ValueLayout.JAVA_BYTE, offset, text.length);
      return true;
    }

    @Override
    public void close() {
      closed = true;
      Arrays.fill(key, (byte) 0);
    }
  }
}
