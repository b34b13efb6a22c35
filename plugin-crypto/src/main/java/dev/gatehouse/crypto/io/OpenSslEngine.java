package dev.gatehouse.crypto.io;

import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.crypto.abi.LibCrypto;
import dev.gatehouse.crypto.abi.LibCryptoMac;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import dev.gatehouse.crypto.core.KeyAgreement;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** ChaCha20-Poly1305 of OpenSSL's libcrypto, called through jnr-ffi. */
final class OpenSslEngine implements AeadEngine {

  static final String NAME = "openssl";

  private static final Logger log = LoggerFactory.getLogger(OpenSslEngine.class);

  private static final List<String> LIBRARIES =
      List.of("libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so", "libcrypto-3-x64", "crypto");

  private static final int GET_TAG = 0x10;
  private static final int SET_TAG = 0x11;
  private static final int TAG = 16;

  private final LibCrypto library;
  private final @Nullable LibCryptoMac macs;
  private final long cipher;

  private OpenSslEngine(LibCrypto library, @Nullable LibCryptoMac macs) {
    this.library = library;
    this.macs = macs;
    this.cipher = library.EVP_chacha20_poly1305();
    if (cipher == 0) {
      throw new IllegalStateException("libcrypto has no ChaCha20-Poly1305");
    }
  }

  /** Loads the first libcrypto there is; null if there is none that can be used. */
  static @Nullable OpenSslEngine load() {
    for (var name : LIBRARIES) {
      var library = load(LibCrypto.class, name);
      if (library != null) {
        var macs = load(LibCryptoMac.class, name);
        boolean parts = macs != null && OpenSslPartsEngine.isThere(macs);
        return new OpenSslEngine(library, parts ? macs : null);
      }
    }
    return null;
  }

  /** The same without its faster parts, for a machine where those compute nonsense. */
  static @Nullable OpenSslEngine loadWhole() {
    var engine = load();
    return engine == null ? null : new OpenSslEngine(engine.library, null);
  }

  private static <T> @Nullable T load(Class<T> type, String name) {
    try {
      return LibraryLoader.create(type)
          .option(LibraryOption.LoadNow, true)
          .failImmediately()
          .load(name);
    } catch (LinkageError | RuntimeException e) {
      log.atDebug()
          .addKeyValue("library", name)
          .addKeyValue("functions", type.getSimpleName())
          .addKeyValue("problem", e.toString())
          .log("not a usable libcrypto");
      return null;
    }
  }

  @Override
  public AeadEngine confined() {
    return macs == null ? this : new OpenSslPartsEngine(this, library, macs);
  }

  /** X25519 of the same library. */
  KeyAgreement keyAgreement() {
    return new OpenSslCurve(library);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public AeadKey sealingKey(byte[] key) {
    return new Key(true, key);
  }

  @Override
  public AeadKey openingKey(byte[] key) {
    return new Key(false, key);
  }

  @Override
  public byte[] seal(byte[] key, byte[] nonce, byte[] plaintext, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    try (var sealing = new Key(true, key);
        var arena = Arena.ofConfined()) {
      var text = OffHeap.copy(arena, plaintext, TAG);
      long address = text.address();
      sealing.beginAt(OffHeap.copy(arena, nonce, 0).address());
      int done = sealing.update(0, OffHeap.copy(arena, associated, 0).address(), associated.length);
      done &= sealing.update(address, address, plaintext.length);
      done &= sealing.sealEnd(address + plaintext.length);
      sealing.check(done);
      return text.asSlice(0, plaintext.length + TAG).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Override
  public byte @Nullable [] open(byte[] key, byte[] nonce, byte[] sealed, byte[] associated) {
    AeadEngine.requireNonce(nonce);
    int length = sealed.length - TAG;
    if (length < 0) {
      return null;
    }
    try (var opening = new Key(false, key);
        var arena = Arena.ofConfined()) {
      var text = OffHeap.copy(arena, sealed, 0);
      long address = text.address();
      opening.beginAt(OffHeap.copy(arena, nonce, 0).address());
      int done = opening.update(0, OffHeap.copy(arena, associated, 0).address(), associated.length);
      done &= opening.setTag(address + length);
      done &= opening.update(address, address, length);
      opening.check(done);
      return opening.openEnd(address)
          ? text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)
          : null;
    }
  }

  /** One context with its key set; only the nonce changes from packet to packet. */
  private final class Key implements AeadKey {

    private static final int OUT_LENGTH = 16;
    private static final int SCRATCH = 32;

    private final boolean sealing;
    private final MemorySegment scratch = Arena.ofAuto().allocate(SCRATCH, 16);
    private final long nonce = scratch.address();
    private final long outLength = nonce + OUT_LENGTH;
    private long context;

    Key(boolean sealing, byte[] key) {
      this.sealing = sealing;
      context = library.EVP_CIPHER_CTX_new();
      if (context == 0) {
        throw new OutOfMemoryError("libcrypto has no memory for a key");
      }
      try (var temporary = Arena.ofConfined()) {
        var copy = OffHeap.copy(temporary, key, 0);
        int done =
            sealing
                ? library.EVP_EncryptInit_ex(context, cipher, 0, copy.address(), nonce)
                : library.EVP_DecryptInit_ex(context, cipher, 0, copy.address(), nonce);
        copy.fill((byte) 0);
        check(done);
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
      long out = target.address() + targetOffset;
      begin(counter);
      int done = update(out, source.address() + sourceOffset, length);
      check(done & sealEnd(out + length));
    }

    @Override
    public boolean open(long counter, MemorySegment memory, long offset, int length) {
      long at = memory.address() + offset;
      int text = length - TAG;
      begin(counter);
      int done = setTag(at + text);
      check(done & update(at, at, text));
      return openEnd(at);
    }

    private void begin(long counter) {
      Octets.u64le(scratch, 4, counter);
      beginAt(nonce);
    }

    /** Begins a message with the nonce of 12 bytes that lies there. */
    void beginAt(long nonceAddress) {
      if (context == 0) {
        throw new IllegalStateException("the key is closed");
      }
      check(
          sealing
              ? library.EVP_EncryptInit_ex(context, 0, 0, 0, nonceAddress)
              : library.EVP_DecryptInit_ex(context, 0, 0, 0, nonceAddress));
    }

    int update(long out, long in, int length) {
      if (length == 0) {
        return 1;
      }
      return sealing
          ? library.EVP_EncryptUpdate(context, out, outLength, in, length)
          : library.EVP_DecryptUpdate(context, out, outLength, in, length);
    }

    int sealEnd(long tagAt) {
      return library.EVP_EncryptFinal_ex(context, tagAt, outLength)
          & library.EVP_CIPHER_CTX_ctrl(context, GET_TAG, TAG, tagAt);
    }

    int setTag(long tagAt) {
      return library.EVP_CIPHER_CTX_ctrl(context, SET_TAG, TAG, tagAt);
    }

    boolean openEnd(long out) {
      return library.EVP_DecryptFinal_ex(context, out, outLength) == 1;
    }

    void check(int done) {
      if (done != 1) {
        throw new IllegalStateException("libcrypto refused to work");
      }
    }

    @Override
    public void close() {
      if (context != 0) {
        library.EVP_CIPHER_CTX_free(context);
        context = 0;
      }
    }
  }
}
