package dev.gatehouse.relay.core;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A {@code msghdr} with its one {@code iovec}, address and control messages. One thread. */
public final class MessageHeader {

  private static final int NAME = 64;
  private static final int VECTOR = 96;
  private static final int CONTROL = 128;

  private final MemorySegment memory;
  private final MemorySegment name;
  private final MemorySegment control;

  /** Lays one out in the arena's memory. */
  public MessageHeader(Arena arena, int controlBytes) {
    memory = arena.allocate(CONTROL + controlBytes, 64);
    name = memory.asSlice(NAME, SocketAddress.BYTES);
    control = memory.asSlice(CONTROL, controlBytes);
    memory.set(ValueLayout.JAVA_LONG, 0, name.address());
    memory.set(ValueLayout.JAVA_LONG, 16, memory.address() + VECTOR);
    memory.set(ValueLayout.JAVA_LONG, 24, 1);
    memory.set(ValueLayout.JAVA_LONG, 32, control.address());
  }

  /** Where it lies, for the system call. */
  public long address() {
    return memory.address();
  }

  /** The address part. */
  public MemorySegment name() {
    return name;
  }

  /** The control messages. */
  public MemorySegment control() {
    return control;
  }

  /** How many bytes of control messages the kernel wrote. */
  public long controlLength() {
    return memory.get(ValueLayout.JAVA_LONG, 40);
  }

  /** The flags the kernel set. */
  public int flags() {
    return memory.get(ValueLayout.JAVA_INT, 48);
  }

  /** Sets the lengths and the data, before each call. */
  public void prepare(int nameLength, int controlLength, long data, long dataLength) {
    memory.set(ValueLayout.JAVA_INT, 8, nameLength);
    memory.set(ValueLayout.JAVA_LONG, 40, controlLength);
    memory.set(ValueLayout.JAVA_INT, 48, 0);
    memory.set(ValueLayout.JAVA_LONG, VECTOR, data);
    memory.set(ValueLayout.JAVA_LONG, VECTOR + 8, dataLength);
  }
}
