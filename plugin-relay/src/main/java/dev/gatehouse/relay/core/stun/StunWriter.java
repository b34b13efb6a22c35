package dev.gatehouse.relay.core.stun;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/** Writes one STUN message after another into an array of its own. One thread. */
public final class StunWriter {

  private final byte[] bytes;
  private final CRC32 crc = new CRC32();
  private int at;

  /**
   * A writer.
   *
   * @param capacity bytes of the longest message; a longer one is the caller's mistake and ends in
   *     an exception
   */
  public StunWriter(int capacity) {
    bytes = new byte[capacity];
  }

  /**
   * Begins a message.
   *
   * @param transaction an array with the 12 bytes of the transaction
   * @param offset where they are
   */
  public void begin(int type, byte[] transaction, int offset) {
    at = 0;
    u16(type);
    u16(0);
    u32(Stun.COOKIE);
    System.arraycopy(transaction, offset, bytes, Stun.TRANSACTION, 12);
    at = Stun.HEADER;
  }

  /** Begins an answer. */
  public void answer(StunReader to, int messageClass) {
    begin(Stun.type(to.method(), messageClass), to.bytes(), to.start() + Stun.TRANSACTION);
  }

  /** An attribute with bytes in it. */
  public void value(int attribute, byte[] value) {
    value(attribute, value, 0, value.length);
  }

  /** An attribute with bytes in it. */
  public void value(int attribute, byte[] value, int offset, int length) {
    u16(attribute);
    u16(length);
    System.arraycopy(value, offset, bytes, at, length);
    at += length;
    pad();
  }

  /** An attribute with text in it. */
  public void text(int attribute, String text) {
    value(attribute, text.getBytes(StandardCharsets.UTF_8));
  }

  /** An attribute of four bytes. */
  public void number(int attribute, int value) {
    u16(attribute);
    u16(4);
    u32(value);
  }

  /** An attribute of eight bytes. */
  public void number(int attribute, long value) {
    u16(attribute);
    u16(8);
    u32((int) (value >>> 32));
    u32((int) value);
  }

  /** An ERROR-CODE without a reason, which would only make the answer longer. */
  public void error(int code) {
    number(Stun.ERROR_CODE, (code / 100) << 8 | code % 100);
  }

  /** An UNKNOWN-ATTRIBUTES. */
  public void unknown(int[] attributes) {
    u16(Stun.UNKNOWN_ATTRIBUTES);
    u16(attributes.length * 2);
    for (int attribute : attributes) {
      u16(attribute);
    }
    pad();
  }

  /**
   * An XOR address, of IPv4 if it is a mapped one.
   *
   * @param high as in {@link dev.gatehouse.api.model.IpAddress#high()}
   */
  public void xorAddress(int attribute, long high, long low, int port) {
    boolean v4 = high == 0 && low >>> 32 == 0xffffL;
    u16(attribute);
    u16(v4 ? 8 : 20);
    u16(v4 ? Stun.IPV4 : Stun.IPV6);
    u16(port ^ (Stun.COOKIE >>> 16));
    if (v4) {
      u32((int) low ^ Stun.COOKIE);
    } else {
      u32((int) (high >>> 32) ^ Stun.COOKIE);
      for (int i = 0; i < 12; i++) {
        long shifted = i < 4 ? high >>> (24 - 8 * i) : low >>> (88 - 8 * i);
        bytes[at++] = (byte) (shifted ^ bytes[Stun.TRANSACTION + i]);
      }
    }
  }

  /** Signs what was written so far. */
  public void sign(Integrity integrity, byte[] key, boolean isSha256) {
    int size = isSha256 ? 32 : 20;
    var mac = integrity.mac(isSha256, key, bytes, 0, at, at + 4 + size - Stun.HEADER);
    value(isSha256 ? Stun.MESSAGE_INTEGRITY_SHA256 : Stun.MESSAGE_INTEGRITY, mac);
  }

  /** Adds a FINGERPRINT, as the last attribute. */
  public void fingerprint() {
    setLength(at + 8);
    crc.reset();
    crc.update(bytes, 0, at);
    number(Stun.FINGERPRINT, (int) crc.getValue() ^ Stun.FINGERPRINT_XOR);
  }

  /**
   * Completes the message.
   *
   * @return its length
   */
  public int finish() {
    setLength(at);
    return at;
  }

  /** Bytes written so far. */
  public int length() {
    return at;
  }

  /** The array the message lies in, from index 0; written again by the next {@link #begin}. */
  public byte[] bytes() {
    return bytes;
  }

  private void setLength(int end) {
    bytes[2] = (byte) ((end - Stun.HEADER) >>> 8);
    bytes[3] = (byte) (end - Stun.HEADER);
  }

  private void pad() {
    while ((at & 3) != 0) {
      bytes[at++] = 0;
    }
  }

  private void u16(int value) {
    bytes[at++] = (byte) (value >>> 8);
    bytes[at++] = (byte) value;
  }

  private void u32(int value) {
    u16(value >>> 16);
    u16(value);
  }
}
