package dev.gatehouse.store.core;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.store.Versioned;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/**
 * Decodes authorizations as {@link RowCodec#held} does, but quickly, for the million of them a
 * store may have to read when it is opened. Origins that are the same share one string. What is not
 * plain is left to {@link RowCodec}, which also says what is wrong. Not safe for concurrent use.
 */
public final class HeldDecoder {

  private byte[] lastOrigin = new byte[0];
  private String lastOriginText = "";
  private Duration lastOffset = Duration.ZERO;

  /** Nothing decoded yet. */
  public HeldDecoder() {}

  /**
   * An authorization.
   *
   * @throws RowCodec.DamagedRow if the bytes are not what {@link RowCodec} encodes
   */
  public Held decode(AuthorizationKey key, long version, byte[] body) throws RowCodec.DamagedRow {
    try {
      var in = ByteBuffer.wrap(body);
      int length = body.length < 3 || in.get() != RowCodec.LAYOUT ? -1 : in.getShort() & 0xffff;
      if (length >= 0 && isPlain(body, 3, length)) {
        var origin = origin(body, 3, length);
        in.position(3 + length);
        var grantedAt = instant(in);
        byte expires = in.get();
        Optional<Instant> expiresAt = expires == 1 ? Optional.of(instant(in)) : Optional.empty();
        var offset = offset(in.getLong(), in.getInt());
        if (!in.hasRemaining() && expires >= 0 && expires <= 1) {
          var value = new Authorization(key, grantedAt, expiresAt, origin);
          return new Held(new Versioned<>(value, version), offset);
        }
      }
    } catch (RuntimeException e) {
      // told below, in the words of the other decoder
    }
    return RowCodec.held(key, version, body);
  }

  /** Whether the text's stored form is its ASCII form. */
  private static boolean isPlain(byte[] body, int from, int length) {
    if (from + length > body.length) {
      return false;
    }
    for (int i = from; i < from + length; i++) {
      if (body[i] <= 0) {
        return false;
      }
    }
    return true;
  }

  private String origin(byte[] body, int from, int length) {
    if (!Arrays.equals(body, from, from + length, lastOrigin, 0, lastOrigin.length)) {
      lastOrigin = Arrays.copyOfRange(body, from, from + length);
      lastOriginText = new String(lastOrigin, StandardCharsets.US_ASCII);
    }
    return lastOriginText;
  }

  private static Instant instant(ByteBuffer in) {
    long seconds = in.getLong();
    int nanos = in.getInt();
    if (nanos < 0 || nanos > 999_999_999) {
      throw new IllegalArgumentException("nanoseconds " + nanos);
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  private Duration offset(long seconds, int nanos) {
    if (lastOffset.getSeconds() != seconds || lastOffset.getNano() != nanos) {
      lastOffset = Duration.ofSeconds(seconds, nanos);
    }
    return lastOffset;
  }
}
