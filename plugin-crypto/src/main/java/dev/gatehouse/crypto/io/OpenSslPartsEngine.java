package dev.gatehouse.crypto.io;

import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.crypto.abi.LibCrypto;
import dev.gatehouse.crypto.abi.LibCryptoMac;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * ChaCha20-Poly1305 put together from libcrypto's ChaCha20 and its Poly1305 (RFC 8439, section
 * 2.8).
 *
 * <p>libcrypto's own AEAD computes the Poly1305 key, the whole blocks and the rest of a message one
 * after the other, each in a run of the cipher that could do many blocks at once. Here all of it is
 * one run: it begins one block before the message, where it leaves the Poly1305 key, and ends with
 * a whole block. That takes two thirds of the time for a full packet and half for a small one.
 *
 * <p>For use by one thread at a time, with all keys it made: they share the contexts and the memory
 * to work in, so a key costs 32 bytes.
 */
final class OpenSslPartsEngine implements AeadEngine {

  private static final int TAG = 16;
  private static final int BLOCK = 64;
  private static final int KEY = 32;
  private static final int LONGEST = 65536;

  // Where things lie in the memory to work in.
  private static final int NONCE = 0;
  private static final int OUT_LENGTH = 16;
  private static final int MAC_KEY = 32;
  private static final int FOUND_TAG = 64;
  private static final int NO_KEY = 96;
  private static final int ADDED = 128;
  private static final int KEPT = 192;
  private static final int TEXT = 256 + BLOCK;
  private static final int ROOM = TEXT + LONGEST + BLOCK;

  private final OpenSslEngine whole;
  private final LibCrypto library;
  private final LibCryptoMac macs;
  private final MemorySegment work = Arena.ofAuto().allocate(ROOM, BLOCK);
  private final long base = work.address();
  private final Stream sealing;
  private final Stream opening;
  private long mac;

  /**
   * @param whole does what has no room around it
   * @throws IllegalStateException if libcrypto lacks a part
   */
  OpenSslPartsEngine(OpenSslEngine whole, LibCrypto library, LibCryptoMac macs) {
    this.whole = whole;
    this.library = library;
    this.macs = macs;
    long poly1305 = fetch(macs);
    long cipher = macs.EVP_chacha20();
    if (poly1305 == 0 || cipher == 0) {
      throw new IllegalStateException("libcrypto has no ChaCha20 or no Poly1305");
    }
    mac = macs.EVP_MAC_CTX_new(poly1305);
    macs.EVP_MAC_free(poly1305);
    if (mac == 0) {
      throw new OutOfMemoryError("libcrypto has no memory for Poly1305");
    }
    sealing = new Stream(cipher);
    opening = new Stream(cipher);
  }

  /**
   * Whether a libcrypto has Poly1305 by itself; one that is kept to certified algorithms has not.
   */
  static boolean isThere(LibCryptoMac macs) {
    long poly1305 = fetch(macs);
    macs.EVP_MAC_free(poly1305);
    return poly1305 != 0;
  }

  private static long fetch(LibCryptoMac macs) {
    try (var arena = Arena.ofConfined()) {
      var name = arena.allocateFrom("POLY1305", StandardCharsets.US_ASCII);
      return macs.EVP_MAC_fetch(0, name.address(), 0);
    }
  }

  @Override
  public String name() {
    return OpenSslEngine.NAME;
  }

  @Override
  public AeadKey sealingKey(byte[] key) {
    return new Key(sealing, key);
  }

  @Override
  public AeadKey openingKey(byte[] key) {
    return new Key(opening, key);
  }

  @Override
  public byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    try (var arena = Arena.ofConfined();
        var with = new Key(sealing, key)) {
      var text = arena.allocate(BLOCK + plaintext.length + 2L * BLOCK, BLOCK);
      MemorySegment.copy(plaintext, 0, text, ValueLayout.JAVA_BYTE, BLOCK, plaintext.length);
      var tag = run(with, nonce, text, plaintext.length, associated, true);
      MemorySegment.copy(tag, 0, text, ValueLayout.JAVA_BYTE, BLOCK + plaintext.length, TAG);
      return text.asSlice(BLOCK, plaintext.length + TAG).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Override
  public byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    int length = sealed.length - TAG;
    if (length < 0) {
      return null;
    }
    try (var arena = Arena.ofConfined();
        var with = new Key(opening, key)) {
      var text = arena.allocate(BLOCK + length + 2L * BLOCK, BLOCK);
      MemorySegment.copy(sealed, 0, text, ValueLayout.JAVA_BYTE, BLOCK, length);
      var tag = run(with, nonce, text, length, associated, false);
      var stated = Arrays.copyOfRange(sealed, length, sealed.length);
      return MessageDigest.isEqual(tag, stated)
          ? text.asSlice(BLOCK, length).toArray(ValueLayout.JAVA_BYTE)
          : null;
    }
  }

  /** Changes the text, which begins one empty block into the memory, and gives the tag. */
  private byte[] run(
      Key key, byte[] nonce, MemorySegment text, int length, byte[] associated, boolean seals) {
    MemorySegment.copy(nonce, 0, work, ValueLayout.JAVA_BYTE, NONCE + 4, nonce.length);
    key.stream.begin(key);
    int blocks = BLOCK + wholeBlocks(length);
    try (var arena = Arena.ofConfined()) {
      var before = arena.allocate(Math.max(1, length));
      MemorySegment.copy(text, BLOCK, before, 0, length);
      int done = key.stream.add(text.address(), text.address(), blocks);
      MemorySegment.copy(text, 0, work, MAC_KEY, KEY);
      long sealed = seals ? text.address() + BLOCK : before.address();
      var lengths = arena.allocate(TAG);
      Octets.u64le(lengths, 0, associated.length);
      Octets.u64le(lengths, 8, length);
      var zeros = arena.allocate(TAG);
      var header = OffHeap.copy(arena, associated, 0);
      done &= macs.EVP_MAC_init(mac, base + MAC_KEY, KEY, 0);
      done &= macs.EVP_MAC_update(mac, header.address(), associated.length);
      done &= macs.EVP_MAC_update(mac, zeros.address(), -associated.length & 15);
      done &= macs.EVP_MAC_update(mac, sealed, length);
      done &= macs.EVP_MAC_update(mac, zeros.address(), -length & 15);
      done &= macs.EVP_MAC_update(mac, lengths.address(), TAG);
      done &= macs.EVP_MAC_final(mac, base + FOUND_TAG, base + OUT_LENGTH, TAG);
      check(done);
      return work.asSlice(FOUND_TAG, TAG).toArray(ValueLayout.JAVA_BYTE);
    } finally {
      Octets.u64(work, NONCE, 0);
    }
  }

  @Override
  public AeadEngine confined() {
    return whole.confined();
  }

  @Override
  public void close() {
    if (mac != 0) {
      macs.EVP_MAC_CTX_free(mac);
      mac = 0;
      sealing.free();
      opening.free();
      work.fill((byte) 0);
    }
  }

  private static int wholeBlocks(int length) {
    return (length + BLOCK - 1) & -BLOCK;
  }

  /**
   * Writes the tag of a sealed text to {@code tagAt}. Up to 32 bytes behind the text are changed.
   */
  private int authenticate(MemorySegment memory, long offset, int length, long tagAt) {
    if ((length & 15) != 0) {
      Octets.u64(memory, offset + length, 0);
      Octets.u64(memory, offset + length + 8, 0);
    }
    int padded = (length + 15) & -16;
    Octets.u64(memory, offset + padded, 0);
    Octets.u64le(memory, offset + padded + 8, length);
    return macs.EVP_MAC_init(mac, base + MAC_KEY, KEY, 0)
        & macs.EVP_MAC_update(mac, memory.address() + offset, padded + 16L)
        & macs.EVP_MAC_final(mac, tagAt, base + OUT_LENGTH, TAG);
  }

  /** What the cipher made of the block before the message, less what lay there. */
  private void takeMacKey(MemorySegment memory, long offset) {
    for (int i = 0; i < KEY; i += 8) {
      Octets.u64(work, MAC_KEY + i, Octets.u64(memory, offset + i) ^ Octets.u64(work, ADDED + i));
    }
  }

  private static boolean hasRoom(MemorySegment memory, long offset, int length) {
    return offset >= BLOCK
        && offset + length + BLOCK <= memory.byteSize()
        && length <= LONGEST - BLOCK;
  }

  private static void check(int done) {
    if (done != 1) {
      throw new IllegalStateException("libcrypto refused to work");
    }
  }

  /** The cipher with the key it worked with last. */
  private final class Stream {

    private long context;
    private @Nullable Key last;

    Stream(long cipher) {
      context = library.EVP_CIPHER_CTX_new();
      if (context == 0) {
        throw new OutOfMemoryError("libcrypto has no memory for a cipher");
      }
      check(library.EVP_EncryptInit_ex(context, cipher, 0, base + NO_KEY, base + NONCE));
    }

    /** Sets the key, if it is another one, and the nonce; the next block is the first. */
    @SuppressWarnings("ReferenceEquality") // it is about the object: two keys never are the same
    void begin(Key key) {
      if (context == 0 || key.closed) {
        throw new IllegalStateException("the key is closed");
      }
      long bytes = key == last ? 0 : key.address;
      check(library.EVP_EncryptInit_ex(context, 0, 0, bytes, base + NONCE));
      last = key;
    }

    void begin(Key key, long counter) {
      Octets.u64le(work, NONCE + 8, counter);
      begin(key);
    }

    int add(long out, long in, int length) {
      return library.EVP_EncryptUpdate(context, out, base + OUT_LENGTH, in, length);
    }

    /** Overwrites the key, if it is this one. */
    @SuppressWarnings("ReferenceEquality") // as above
    void forget(Key key) {
      if (last == key && context != 0) {
        last = null;
        check(library.EVP_EncryptInit_ex(context, 0, 0, base + NO_KEY, base + NONCE));
      }
    }

    void free() {
      library.EVP_CIPHER_CTX_free(context);
      context = 0;
      last = null;
    }
  }

  private final class Key implements AeadKey {

    private final Stream stream;
    private final MemorySegment bytes = Arena.ofAuto().allocate(KEY, KEY);
    private final long address = bytes.address();
    private boolean closed;

    Key(Stream stream, byte[] key) {
      this.stream = stream;
      MemorySegment.copy(key, 0, bytes, ValueLayout.JAVA_BYTE, 0, KEY);
    }

    @Override
    public void seal(
        long counter,
        MemorySegment source,
        long sourceOffset,
        int length,
        MemorySegment target,
        long targetOffset) {
      if (!hasRoom(source, sourceOffset, length) || !hasRoom(target, targetOffset, length)) {
        try (var key = elsewhere(true)) {
          key.seal(counter, source, sourceOffset, length, target, targetOffset);
        }
        return;
      }
      stream.begin(this, counter);
      long in = source.address() + sourceOffset;
      long out = target.address() + targetOffset;
      MemorySegment.copy(source, sourceOffset - BLOCK, work, ADDED, KEY);
      MemorySegment.copy(target, targetOffset - BLOCK, work, KEPT, BLOCK);
      int done = stream.add(out - BLOCK, in - BLOCK, BLOCK + wholeBlocks(length));
      takeMacKey(target, targetOffset - BLOCK);
      MemorySegment.copy(work, KEPT, target, targetOffset - BLOCK, BLOCK);
      check(done & authenticate(target, targetOffset, length, out + length));
    }

    @Override
    public boolean open(long counter, MemorySegment memory, long offset, int length) {
      int text = length - TAG;
      if (!hasRoom(memory, offset, text)) {
        try (var key = elsewhere(false)) {
          return key.open(counter, memory, offset, length);
        }
      }
      stream.begin(this, counter);
      long in = memory.address() + offset;
      MemorySegment.copy(memory, offset - BLOCK, work, ADDED, KEY);
      int done = stream.add(base + TEXT - BLOCK, in - BLOCK, BLOCK + wholeBlocks(text));
      takeMacKey(work, TEXT - BLOCK);
      long tag0 = Octets.u64(memory, offset + text);
      long tag1 = Octets.u64(memory, offset + text + 8);
      long behind0 = Octets.u64(memory, offset + length);
      long behind1 = Octets.u64(memory, offset + length + 8);
      done &= authenticate(memory, offset, text, base + FOUND_TAG);
      Octets.u64(memory, offset + text, tag0);
      Octets.u64(memory, offset + text + 8, tag1);
      Octets.u64(memory, offset + length, behind0);
      Octets.u64(memory, offset + length + 8, behind1);
      check(done);
      long difference =
          (tag0 ^ Octets.u64(work, FOUND_TAG)) | (tag1 ^ Octets.u64(work, FOUND_TAG + 8));
      if (difference != 0) {
        return false;
      }
      MemorySegment.copy(work, TEXT, memory, offset, text);
      return true;
    }

    /** The key for where there is no room; not on the packet path. */
    private AeadKey elsewhere(boolean seals) {
      if (closed) {
        throw new IllegalStateException("the key is closed");
      }
      var copy = bytes.toArray(ValueLayout.JAVA_BYTE);
      try {
        return seals ? whole.sealingKey(copy) : whole.openingKey(copy);
      } finally {
        Arrays.fill(copy, (byte) 0);
      }
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        bytes.fill((byte) 0);
        stream.forget(this);
      }
    }
  }
}
