package dev.gatehouse.tun.windows.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The GUID of an adapter. It follows from the name, so that Windows recognises the network after
 * every restart instead of asking anew.
 */
public final class AdapterGuid {

  private AdapterGuid() {}

  /** The GUID for an interface name. */
  public static UUID of(String name) {
    return UUID.nameUUIDFromBytes(("gatehouse-adapter:" + name).getBytes(StandardCharsets.UTF_8));
  }

  /** The 16 bytes of {@code struct GUID}: the first three parts are little-endian numbers. */
  public static byte[] bytes(UUID guid) {
    long high = guid.getMostSignificantBits();
    return ByteBuffer.allocate(16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt((int) (high >>> 32))
        .putShort((short) (high >>> 16))
        .putShort((short) high)
        .order(ByteOrder.BIG_ENDIAN)
        .putLong(guid.getLeastSignificantBits())
        .array();
  }
}
