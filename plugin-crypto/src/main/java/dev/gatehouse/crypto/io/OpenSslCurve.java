package dev.gatehouse.crypto.io;

import dev.gatehouse.crypto.abi.LibCrypto;
import dev.gatehouse.crypto.core.KeyAgreement;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** X25519 of OpenSSL's libcrypto, called through jnr-ffi. */
final class OpenSslCurve implements KeyAgreement {

  private static final int X25519 = 1034;
  private static final int LENGTH = 32;

  private final LibCrypto library;

  OpenSslCurve(LibCrypto library) {
    this.library = library;
  }

  @Override
  public PrivateKey privateKey(byte[] bytes) {
    return new Key(bytes);
  }

  private final class Key implements PrivateKey {

    private long key;

    Key(byte[] bytes) {
      try (var arena = Arena.ofConfined()) {
        var copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
        key = library.EVP_PKEY_new_raw_private_key(X25519, 0, copy.address(), LENGTH);
        copy.fill((byte) 0);
        check(key != 0);
      }
    }

    @Override
    public byte[] publicKey() {
      check(key != 0);
      try (var arena = Arena.ofConfined()) {
        var out = arena.allocate(LENGTH);
        check(library.EVP_PKEY_get_raw_public_key(key, out.address(), length(arena)) == 1);
        return out.toArray(ValueLayout.JAVA_BYTE);
      }
    }

    @Override
    public boolean agree(byte[] publicKey, byte[] secret) {
      check(key != 0);
      try (var arena = Arena.ofConfined()) {
        var theirs = arena.allocateFrom(ValueLayout.JAVA_BYTE, publicKey);
        long peer = library.EVP_PKEY_new_raw_public_key(X25519, 0, theirs.address(), LENGTH);
        long context = library.EVP_PKEY_CTX_new(key, 0);
        try {
          check(peer != 0 && context != 0);
          check(library.EVP_PKEY_derive_init(context) == 1);
          check(library.EVP_PKEY_derive_set_peer(context, peer) == 1);
          return derive(arena, context, secret);
        } finally {
          library.EVP_PKEY_CTX_free(context);
          library.EVP_PKEY_free(peer);
        }
      }
    }

    @Override
    public void close() {
      if (key != 0) {
        library.EVP_PKEY_free(key);
        key = 0;
      }
    }
  }

  private boolean derive(Arena arena, long context, byte[] secret) {
    var out = arena.allocate(LENGTH);
    boolean sound = library.EVP_PKEY_derive(context, out.address(), length(arena)) == 1;
    if (!sound) {
      library.ERR_clear_error();
    }
    MemorySegment.copy(out, ValueLayout.JAVA_BYTE, 0, secret, 0, LENGTH);
    out.fill((byte) 0);
    byte any = 0;
    for (byte b : secret) {
      any |= b;
    }
    return sound && any != 0;
  }

  private static long length(Arena arena) {
    return arena.allocateFrom(ValueLayout.JAVA_LONG, LENGTH).address();
  }

  private static void check(boolean done) {
    if (!done) {
      throw new IllegalStateException("libcrypto refused to work");
    }
  }
}
