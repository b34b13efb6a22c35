package dev.gatehouse.relay.io;

import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.Linux;
import dev.gatehouse.relay.core.ReceivedControl;
import dev.gatehouse.relay.core.SocketAddress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Reads several datagrams or trains from a socket at once (recvmmsg with UDP_GRO). What was read
 * stays until the next call. One thread; allocates nothing.
 */
final class DatagramReader {

  /** The most messages of one call. */
  static final int SLOTS = 16;

  /** Room for the longest train. */
  static final int ROOM = 65_536;

  /** {@code struct mmsghdr} of a 64-bit system. */
  private static final int HEADER = 64;

  private static final int VECTOR = 16;
  private static final int NAME = 32;
  private static final int CONTROL = 128;

  private final LibC libc;
  private final MemorySegment headers;
  private final MemorySegment data;
  private final MemorySegment[] names = new MemorySegment[SLOTS];
  private final MemorySegment[] controls = new MemorySegment[SLOTS];
  private final ReceivedControl control = new ReceivedControl();
  private int used = SLOTS;
  private int error;

  DatagramReader(LibC libc, Arena arena) {
    this.libc = libc;
    headers = arena.allocate((long) SLOTS * HEADER, 64);
    data = arena.allocate((long) SLOTS * ROOM, 64);
    var vectors = arena.allocate((long) SLOTS * VECTOR, 16);
    var nameSlab = arena.allocate((long) SLOTS * NAME, 16);
    var controlSlab = arena.allocate((long) SLOTS * CONTROL, 16);
    for (int i = 0; i < SLOTS; i++) {
      names[i] = nameSlab.asSlice((long) i * NAME, NAME);
      controls[i] = controlSlab.asSlice((long) i * CONTROL, CONTROL);
      long at = (long) i * HEADER;
      headers.set(ValueLayout.JAVA_LONG, at, names[i].address());
      headers.set(
          ValueLayout.JAVA_LONG, at + 16, vectors.asSlice((long) i * VECTOR, VECTOR).address());
      headers.set(ValueLayout.JAVA_LONG, at + 24, 1);
      headers.set(ValueLayout.JAVA_LONG, at + 32, controls[i].address());
      vectors.set(ValueLayout.JAVA_LONG, (long) i * VECTOR, data.address() + (long) i * ROOM);
      vectors.set(ValueLayout.JAVA_LONG, (long) i * VECTOR + 8, ROOM - 1);
    }
  }

  /**
   * Reads what is there.
   *
   * @return how many messages, at most {@link #SLOTS}; 0 if there is nothing, or after an error,
   *     which {@link #error()} tells
   */
  int receive(int descriptor) {
    for (int i = 0; i < used; i++) {
      long at = (long) i * HEADER;
      headers.set(ValueLayout.JAVA_INT, at + 8, SocketAddress.BYTES);
      headers.set(ValueLayout.JAVA_LONG, at + 40, CONTROL);
      headers.set(ValueLayout.JAVA_INT, at + 48, 0);
    }
    used = 0;
    int count = libc.recvmmsg(descriptor, headers.address(), SLOTS, 0, 0);
    if (count < 0) {
      error = CLibrary.errno();
      return 0;
    }
    error = 0;
    used = count;
    return count;
  }

  /** Why the last call gave nothing; 0 if it gave something. */
  int error() {
    return error;
  }

  /** Where all the data lies. */
  MemorySegment data() {
    return data;
  }

  /** Where a message's data starts. */
  long offset(int message) {
    return (long) message * ROOM;
  }

  /** How long a message is; -1 if it did not fit, and is to be thrown away. */
  int length(int message) {
    long at = (long) message * HEADER;
    int flags = headers.get(ValueLayout.JAVA_INT, at + 48);
    return (flags & (Linux.MSG_TRUNC | Linux.MSG_CTRUNC)) == 0
        ? headers.get(ValueLayout.JAVA_INT, at + 56)
        : -1;
  }

  /** Where a message came from. */
  MemorySegment name(int message) {
    return names[message];
  }

  /** What came with a message; valid until the next call of this. */
  ReceivedControl control(int message) {
    control.read(
        controls[message], headers.get(ValueLayout.JAVA_LONG, (long) message * HEADER + 40));
    return control;
  }
}
