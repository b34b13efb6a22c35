package dev.gatehouse.crypto.io;

import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.crypto.abi.LibIpsecMb;
import dev.gatehouse.crypto.core.AeadEngine;
import dev.gatehouse.crypto.core.AeadKey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ChaCha20-Poly1305 of Intel's multi-buffer library, on processors with AVX-512 and IFMA. A packet
 * is a job in the library's own memory, whose layout belongs to its version; any other than 1.3 is
 * therefore left alone.
 */
final class IpsecMbEngine implements AeadEngine {

  static final String NAME = "ipsec-mb";

  private static final Logger log = LoggerFactory.getLogger(IpsecMbEngine.class);

  private static final String LIBRARY = "libIPSec_MB.so.1";
  private static final int KNOWN_VERSION = 0x0103;
  private static final long AVX512 = 0xf80;
  private static final long IFMA = 0x20000;
  private static final int TAG = 16;
  private static final int KEY = 32;
  private static final int NONCE = 12;

  // Where things lie in a manager and in a job, and what stands there.
  private static final int FEATURES = 8;
  private static final int JOB = 200;
  private static final int ENCRYPTION_KEY = 0;
  private static final int DECRYPTION_KEY = 8;
  private static final int KEY_LENGTH = 16;
  private static final int SOURCE = 24;
  private static final int TARGET = 32;
  private static final int CIPHER_OFFSET = 40;
  private static final int CIPHER_LENGTH = 48;
  private static final int HASH_OFFSET = 56;
  private static final int HASH_LENGTH = 64;
  private static final int NONCE_AT = 72;
  private static final int NONCE_LENGTH = 80;
  private static final int TAG_AT = 88;
  private static final int TAG_LENGTH = 96;
  private static final int ASSOCIATED = 104;
  private static final int ASSOCIATED_LENGTH = 112;
  private static final int STATUS = 128;
  private static final int CIPHER = 132;
  private static final int DIRECTION = 136;
  private static final int HASH = 140;
  private static final int ORDER = 144;
  private static final int CHACHA20_POLY1305_CIPHER = 19;
  private static final int CHACHA20_POLY1305_HASH = 29;
  private static final int SEALING = 1;
  private static final int OPENING = 2;
  private static final int COMPLETED = 3;

  private final LibIpsecMb library;
  private final MemorySegment manager;
  private final MemorySegment work = Arena.ofAuto().allocate(64, 64);
  private final @Nullable ReentrantLock lock;

  private IpsecMbEngine(LibIpsecMb library, @Nullable ReentrantLock lock) {
    this.library = library;
    this.lock = lock;
    manager = Arena.ofAuto().allocate(library.imb_get_mb_mgr_size(), 64);
    if (library.imb_set_pointers_mb_mgr(manager.address(), 0, 1) != manager.address()) {
      throw new IllegalStateException("the library refused its memory");
    }
    long features = manager.get(ValueLayout.JAVA_LONG, FEATURES);
    if ((features & (AVX512 | IFMA)) != (AVX512 | IFMA)) {
      throw new IllegalStateException("this processor has no AVX-512 with IFMA");
    }
    library.init_mb_mgr_avx512(manager.address());
  }

  /** Loads the library; null if it is not there or cannot be used. */
  static @Nullable IpsecMbEngine load() {
    try {
      var library =
          LibraryLoader.create(LibIpsecMb.class)
              .option(LibraryOption.LoadNow, true)
              .failImmediately()
              .load(LIBRARY);
      int version = library.imb_get_version();
      if (version >>> 8 == KNOWN_VERSION) {
        return new IpsecMbEngine(library, new ReentrantLock());
      }
      log.atInfo()
          .addKeyValue("library", LIBRARY)
          .addKeyValue("version", Integer.toHexString(version))
          .log("this version of the library is not known and not used");
    } catch (LinkageError | RuntimeException e) {
      log.atDebug()
          .addKeyValue("library", LIBRARY)
          .addKeyValue("problem", e.toString())
          .log("not a usable AEAD library");
    }
    return null;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public AeadEngine confined() {
    return new IpsecMbEngine(library, null);
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
    try (var arena = Arena.ofConfined();
        var with = new Key(key)) {
      var text = OffHeap.copy(arena, plaintext, TAG);
      long tagAt = text.address() + plaintext.length;
      run(
          with,
          true,
          OffHeap.copy(arena, nonce, 0).address(),
          OffHeap.copy(arena, associated, 0).address(),
          associated.length,
          text.address(),
          text.address(),
          plaintext.length,
          tagAt);
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
    try (var arena = Arena.ofConfined();
        var with = new Key(key)) {
      var text = OffHeap.copy(arena, sealed, TAG);
      run(
          with,
          false,
          OffHeap.copy(arena, nonce, 0).address(),
          OffHeap.copy(arena, associated, 0).address(),
          associated.length,
          text.address(),
          text.address(),
          length,
          text.address() + sealed.length);
      var tag = text.asSlice(sealed.length, TAG).toArray(ValueLayout.JAVA_BYTE);
      var stated = Arrays.copyOfRange(sealed, length, sealed.length);
      return MessageDigest.isEqual(tag, stated)
          ? text.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)
          : null;
    }
  }

  private void run(
      Key key,
      boolean seals,
      long nonce,
      long associated,
      int associatedLength,
      long source,
      long target,
      int length,
      long tag) {
    if (key.closed) {
      throw new IllegalStateException("the key is closed");
    }
    var shared = lock;
    if (shared != null) {
      shared.lock();
    }
    try {
      long job = offset(library.get_next_job_avx512(manager.address()));
      u64(job + ENCRYPTION_KEY, key.address);
      u64(job + DECRYPTION_KEY, key.address);
      u64(job + KEY_LENGTH, KEY);
      u64(job + SOURCE, source);
      u64(job + TARGET, target);
      u64(job + CIPHER_OFFSET, 0);
      u64(job + CIPHER_LENGTH, length);
      u64(job + HASH_OFFSET, 0);
      u64(job + HASH_LENGTH, length);
      u64(job + NONCE_AT, nonce);
      u64(job + NONCE_LENGTH, NONCE);
      u64(job + TAG_AT, tag);
      u64(job + TAG_LENGTH, TAG);
      u64(job + ASSOCIATED, associated);
      u64(job + ASSOCIATED_LENGTH, associatedLength);
      u32(job + CIPHER, CHACHA20_POLY1305_CIPHER);
      u32(job + HASH, CHACHA20_POLY1305_HASH);
      u32(job + DIRECTION, seals ? SEALING : OPENING);
      // What was sealed is hashed, and what is to be opened is hashed before.
      u32(job + ORDER, seals ? 1 : 2);
      long done = library.submit_job_avx512(manager.address());
      if (done == 0 || manager.get(ValueLayout.JAVA_INT, offset(done) + STATUS) != COMPLETED) {
        throw new IllegalStateException("the multi-buffer library refused to work");
      }
    } finally {
      if (shared != null) {
        shared.unlock();
      }
    }
  }

  private long offset(long job) {
    long offset = job - manager.address();
    if (offset < 0 || offset > manager.byteSize() - JOB) {
      throw new IllegalStateException("the multi-buffer library lost a job");
    }
    return offset;
  }

  private void u64(long at, long value) {
    manager.set(ValueLayout.JAVA_LONG, at, value);
  }

  private void u32(long at, int value) {
    manager.set(ValueLayout.JAVA_INT, at, value);
  }

  private final class Key implements AeadKey {

    private final MemorySegment bytes = Arena.ofAuto().allocate(KEY + 2 * TAG, KEY);
    private final long address = bytes.address();
    private final long nonce = address + KEY;
    private final long found = nonce + TAG;
    private boolean closed;

    Key(byte[] key) {
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
      long out = target.address() + targetOffset;
      Octets.u64le(bytes, KEY + 4, counter);
      run(
          this,
          true,
          nonce,
          work.address(),
          0,
          source.address() + sourceOffset,
          out,
          length,
          out + length);
    }

    @Override
    public boolean open(long counter, MemorySegment memory, long offset, int length) {
      int text = length - TAG;
      long at = memory.address() + offset;
      Octets.u64le(bytes, KEY + 4, counter);
      run(this, false, nonce, work.address(), 0, at, at, text, found);
      long difference =
          (Octets.u64(bytes, KEY + TAG) ^ Octets.u64(memory, offset + text))
              | (Octets.u64(bytes, KEY + TAG + 8) ^ Octets.u64(memory, offset + text + 8));
      return difference == 0;
    }

    @Override
    public void close() {
      closed = true;
      bytes.fill((byte) 0);
    }
  }
}
