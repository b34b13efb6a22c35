package dev.gatehouse.crypto.core;

import dev.gatehouse.api.packet.Octets;
import java.lang.foreign.MemorySegment;

/**
 * What two Gatehouses say to each other inside a session: four bytes that are the beginning of no
 * IP packet, so that any other WireGuard drops it unseen, and a body whose length the type tells.
 */
public final class ControlMessage {

  /** A number of 4 bytes, and an ML-KEM-768 encapsulation key of 1184. */
  public static final int KEY = 1;

  /** The number of the key that is answered, and an ML-KEM-768 ciphertext of 1088 bytes. */
  public static final int CIPHERTEXT = 2;

  /** The length of an encapsulation key (FIPS 203, table 3). */
  public static final int KEY_BYTES = 1184;

  /** The length of a ciphertext. */
  public static final int CIPHERTEXT_BYTES = 1088;

  /** The length of the number before both. */
  public static final int NUMBER_BYTES = 4;

  static final int HEADER = 4;
  private static final int MAGIC = 0x0047_4800;

  private ControlMessage() {}

  /** The length of a body; -1 for an unknown type. */
  static int bodyLength(int type) {
    return switch (type) {
      case KEY -> NUMBER_BYTES + KEY_BYTES;
      case CIPHERTEXT -> NUMBER_BYTES + CIPHERTEXT_BYTES;
      default -> -1;
    };
  }

  /** The type of the message there; 0 if there is none, or not all of it. */
  static int type(MemorySegment slab, long offset, int length) {
    if (length < HEADER) {
      return 0;
    }
    int header = Octets.u32(slab, offset);
    int type = header & 0xff;
    int body = bodyLength(type);
    boolean sound = (header & 0xffff_ff00) == MAGIC && body >= 0 && length >= HEADER + body;
    return sound ? type : 0;
  }

  static void writeHeader(MemorySegment slab, long offset, int type) {
    Octets.u32(slab, offset, MAGIC | type);
  }
}
