package dev.gatehouse.tun.linux.io;

import dev.gatehouse.tun.linux.abi.CLibrary;
import dev.gatehouse.tun.linux.abi.LibC;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.ToIntFunction;

/** A C library with one descriptor behind it, on which a test reads and writes. */
final class FakeDevice implements LibC {

  /** What was written, one element per call. */
  final List<byte[]> written = new ArrayList<>();

  /** What will be read: each a packet with everything before it, or empty for EINVAL. */
  final Deque<byte[]> readable = new ArrayDeque<>();

  /** Says with which error a write fails; zero for success. */
  ToIntFunction<byte[]> writeError = bytes -> 0;

  /** With which error a read fails when there is nothing. */
  int emptyError = 11;

  int reads;
  private int errno;

  CLibrary library() {
    return new CLibrary(this, () -> errno);
  }

  @Override
  public long read(int descriptor, long address, long count) {
    reads++;
    var next = readable.poll();
    if (next == null || next.length == 0) {
      errno = next == null ? emptyError : 22;
      return -1;
    }
    int length = (int) Math.min(count, next.length);
    MemorySegment.copy(next, 0, at(address, length), ValueLayout.JAVA_BYTE, 0, length);
    return length;
  }

  @Override
  public long writev(int descriptor, long vector, int count) {
    var gathered = new ByteArrayOutputStream();
    var entries = at(vector, 16L * count);
    for (int i = 0; i < count; i++) {
      long address = entries.get(ValueLayout.JAVA_LONG, 16L * i);
      long length = entries.get(ValueLayout.JAVA_LONG, 16L * i + 8);
      gathered.writeBytes(at(address, length).toArray(ValueLayout.JAVA_BYTE));
    }
    var bytes = gathered.toByteArray();
    errno = writeError.applyAsInt(bytes);
    if (errno != 0) {
      return -1;
    }
    written.add(bytes);
    return bytes.length;
  }

  @SuppressWarnings("restricted") // the addresses are what the code under test hands over
  private static MemorySegment at(long address, long length) {
    return MemorySegment.ofAddress(address).reinterpret(length);
  }

  @Override
  public int open(String path, int flags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int close(int descriptor) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int ioctl(int descriptor, long request, long argument) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int socket(int domain, int type, int protocol) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int socketpair(int domain, int type, int protocol, long numbers) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int setsockopt(int descriptor, int level, int option, long address, int length) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long send(int descriptor, long address, long count, int flags) {
    throw new UnsupportedOperationException();
  }

  @Override
  public long recv(int descriptor, long address, long count, int flags) {
    throw new UnsupportedOperationException();
  }
}
