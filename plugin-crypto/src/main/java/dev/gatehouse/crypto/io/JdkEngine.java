package dev.gatehouse.crypto.io;

import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import java.io.Serial;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * ChaCha20-Poly1305 of the JDK, which allocates a few objects per packet. Closing a key overwrites
 * it and what the JDK derived from it.
 */
final class JdkEngine implements AeadEngine {

  static final String NAME = "jdk";

  private static final String TRANSFORMATION = "ChaCha20-Poly1305";
  private static final int TAG = 16;
  private static final int LONGEST = 65536 + TAG;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public AeadKey sealingKey(byte[] key) {
    return new Key(Cipher.ENCRYPT_MODE, key);
  }

  @Override
  public AeadKey openingKey(byte[] key) {
    return new Key(Cipher.DECRYPT_MODE, key);
  }

  @Override
  public byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    var out = run(Cipher.ENCRYPT_MODE, key, nonce, plaintext, associated);
    if (out == null) {
      throw new IllegalStateException("sealing cannot fail");
    }
    return out;
  }

  @Override
  public byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    return run(Cipher.DECRYPT_MODE, key, nonce, sealed, associated);
  }

  private static byte @Nullable [] run(
      int mode, byte[] key, byte[] nonce, byte[] input, byte[] associated) {
    try {
      var cipher = Cipher.getInstance(TRANSFORMATION);
      cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
      cipher.updateAAD(associated);
      return cipher.doFinal(input);
    } catch (AEADBadTagException e) {
      return null;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK refused to work", e);
    }
  }

  private static final class Key implements AeadKey {

    private final int mode;
    private final byte[] bytes;
    private final RawKey key;
    private final Cipher cipher;
    private final byte[] nonce = new byte[12];
    private final ByteBuffer nonceBuffer = ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN);
    private byte[] in = new byte[2048];
    private byte[] out = new byte[2048];
    private boolean closed;

    Key(int mode, byte[] key) {
      this.mode = mode;
      this.bytes = key.clone();
      this.key = new RawKey(bytes);
      try {
        cipher = Cipher.getInstance(TRANSFORMATION);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK has no " + TRANSFORMATION, e);
      }
    }

    @Override
    public void seal(
        long counter,
        MemorySegment source,
        long sourceOffset,
        int length,
        MemorySegment target,
        long targetOffset) {
      try {
        int sealed = run(counter, source, sourceOffset, length);
        MemorySegment.copy(out, 0, target, ValueLayout.JAVA_BYTE, targetOffset, sealed);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK refused to work", e);
      }
    }

    @Override
    public boolean open(long counter, MemorySegment memory, long offset, int length) {
      try {
        int opened = run(counter, memory, offset, length);
        MemorySegment.copy(out, 0, memory, ValueLayout.JAVA_BYTE, offset, opened);
        return true;
      } catch (AEADBadTagException e) {
        return false;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK refused to work", e);
      }
    }

    private int run(long counter, MemorySegment source, long offset, int length)
        throws GeneralSecurityException {
      if (closed) {
        throw new IllegalStateException("the key is closed");
      }
      if (in.length < length + TAG) {
        int larger = Math.min(LONGEST, Math.max(2 * in.length, length + TAG));
        in = new byte[larger];
        out = new byte[larger];
      }
      nonceBuffer.putLong(4, counter);
      cipher.init(mode, key, new IvParameterSpec(nonce));
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, offset, in, 0, length);
      return cipher.doFinal(in, 0, length, out, 0);
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      Arrays.fill(bytes, (byte) 0);
      Arrays.fill(in, (byte) 0);
      Arrays.fill(out, (byte) 0);
      try {
        // The cipher's own state is derived from the key: let it be derived from nothing.
        nonceBuffer.putLong(4, -1);
        cipher.init(mode, key, new IvParameterSpec(nonce));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("the JDK refused to work", e);
      }
    }
  }

  /**
   * A key whose bytes can be overwritten, unlike those of the JDK's own; it wipes the copies it
   * gets.
   */
  private static final class RawKey implements SecretKey {

    @Serial private static final long serialVersionUID = 1;

    private final transient byte[] bytes;

    RawKey(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public String getAlgorithm() {
      return "ChaCha20";
    }

    @Override
    public String getFormat() {
      return "RAW";
    }

    @Override
    public byte[] getEncoded() {
      return bytes.clone();
    }
  }
}
