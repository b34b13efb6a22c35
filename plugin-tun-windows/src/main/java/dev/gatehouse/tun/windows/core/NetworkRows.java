package dev.gatehouse.tun.windows.core;

import dev.gatehouse.api.model.InterfaceAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The two structures of the IP Helper in use, as they lie in memory on 64-bit Windows ({@code
 * netioapi.h}). Fields that are not named here keep what the system has written.
 */
public final class NetworkRows {

  /** The size of {@code MIB_UNICASTIPADDRESS_ROW}. */
  public static final int ADDRESS_BYTES = 80;

  /** The size of {@code MIB_IPINTERFACE_ROW}. */
  public static final int INTERFACE_BYTES = 168;

  private static final short AF_INET = 2;
  private static final short AF_INET6 = 23;
  private static final int ADDRESS_LUID = 32;
  private static final int PREFIX_LENGTH = 60;
  private static final int DUPLICATE_DETECTION = 64;
  private static final int PREFERRED = 4;
  private static final int INTERFACE_LUID = 8;
  private static final int SITE_PREFIX_LENGTH = 144;
  private static final int MTU = 152;

  private NetworkRows() {}

  /** Writes adapter and address into an initialised address row. */
  public static void address(MemorySegment row, long luid, InterfaceAddress wanted) {
    var bytes = wanted.address().bytes();
    boolean v4 = wanted.address().isV4();
    row.asSlice(0, 28).fill((byte) 0);
    row.set(ValueLayout.JAVA_SHORT, 0, v4 ? AF_INET : AF_INET6);
    MemorySegment.copy(bytes, 0, row, ValueLayout.JAVA_BYTE, v4 ? 4 : 8, bytes.length);
    row.set(ValueLayout.JAVA_LONG, ADDRESS_LUID, luid);
    row.set(ValueLayout.JAVA_BYTE, PREFIX_LENGTH, (byte) wanted.prefixLength());
    row.set(ValueLayout.JAVA_INT, DUPLICATE_DETECTION, PREFERRED);
  }

  /** Prepares an interface row for being read. */
  public static void interfaceKey(MemorySegment row, long luid, boolean v4) {
    row.fill((byte) 0);
    row.set(ValueLayout.JAVA_SHORT, 0, v4 ? AF_INET : AF_INET6);
    row.set(ValueLayout.JAVA_LONG, INTERFACE_LUID, luid);
  }

  /** Changes the MTU in an interface row that was read. */
  public static void mtu(MemorySegment row, int mtu) {
    // Windows refuses the row with what it has put here itself.
    row.set(ValueLayout.JAVA_INT, SITE_PREFIX_LENGTH, 0);
    row.set(ValueLayout.JAVA_INT, MTU, mtu);
  }
}
