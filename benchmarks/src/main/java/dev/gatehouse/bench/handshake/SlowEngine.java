package dev.gatehouse.bench.handshake;

import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import dev.gatehouse.crypto.core.HandshakeCipher;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** ChaCha20-Poly1305 for a keepalive now and then. */
public final class SlowEngine implements AeadEngine {

  /** Keeps nothing. */
  public SlowEngine() {}

  @Override
  public String name() {
    return "slow";
  }

  @Override
  public AeadKey sealingKey(byte[] key) {
    return new Key(key.clone());
  }

  @Override
  public AeadKey openingKey(byte[] key) {
    return new Key(key.clone());
  }

  @Override
  public byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
    return HandshakeCipher.seal(key, nonce, plaintext, associated);
  }

  @Override
  public byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
    return HandshakeCipher.open(key, nonce, sealed, associated);
  }

  private static final class Key implements AeadKey {

    private final byte[] bytes;

    Key(byte[] bytes) {
      this.bytes = bytes;
    }

    private static byte[] nonce(long counter) {
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
      var sealed = HandshakeCipher.seal(bytes, nonce(counter), text, new byte[0]);
      MemorySegment.copy(sealed, 0, target, ValueLayout.JAVA_BYTE, targetOffset, sealed.length);
    }

    @Override
    public boolean open(long counter, MemorySegment memory, long offset, int length) {
      var sealed = memory.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      var text = HandshakeCipher.open(bytes, nonce(counter), sealed, new byte[0]);
      if (text == null) {
        return false;
      }
      MemorySegment.copy(text, 0, memory, ValueLayout.JAVA_BYTE, offset, text.length);
      return true;
    }

    @Override
    public void close() {}
  }
}
