package dev.gatehouse.tun.windows.io;

import dev.gatehouse.tun.windows.abi.DriverLogger;
import dev.gatehouse.tun.windows.abi.IpHelper;
import dev.gatehouse.tun.windows.abi.Kernel32;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.abi.Wintun;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The driver's library and the system's, in memory: one adapter, one session, scripted faults. It
 * remembers every use that a real driver would answer with a crash.
 */
final class FakeWindows implements Wintun, Kernel32, IpHelper {

  private static final long ADAPTER = 0xada;
  private static final long EVENT = 0xe;
  private static final long LUID = 0x77;

  private final Arena arena = Arena.ofAuto();
  private final ThreadLocal<Integer> lastError = ThreadLocal.withInitial(() -> 0);
  private final Deque<byte[]> incoming = new ArrayDeque<>();
  private final Map<Long, MemorySegment> takenOut = new HashMap<>();
  private final Map<Long, MemorySegment> rooms = new HashMap<>();
  private final List<byte[]> sent = new ArrayList<>();
  private long sessions;
  private boolean sessionOpen;
  private boolean signalled;

  final List<String> misuse = new ArrayList<>();
  final List<String> rows = new ArrayList<>();
  volatile int adapters;
  volatile int longestWait;
  volatile int waits;
  volatile int createError;
  volatile boolean leftover;
  volatile boolean noIpv6;
  volatile int room = Integer.MAX_VALUE;
  volatile int allocations;
  volatile int fault;

  WindowsApi api() {
    return new WindowsApi(this, this, this, lastError::get);
  }

  /** A packet arrives; without the signal it is one of the driver's forgotten ones. */
  synchronized void arrive(byte[] packet, boolean signal) {
    incoming.add(packet);
    if (signal) {
      signalled = true;
      notifyAll();
    }
  }

  /** The next look into the ring fails with this error, once. */
  synchronized void breakRing(int error) {
    fault = error;
    signalled = true;
    notifyAll();
  }

  synchronized List<byte[]> sent() {
    return List.copyOf(sent);
  }

  synchronized int open() {
    return (sessionOpen ? 1 : 0) + adapters + takenOut.size() + rooms.size();
  }

  synchronized boolean isDrained() {
    return incoming.isEmpty() && takenOut.isEmpty();
  }

  private long fail(int error) {
    lastError.set(error);
    return 0;
  }

  private void use(long session) {
    if (!sessionOpen || session != sessions) {
      misuse.add("a session that has ended was used");
    }
  }

  private MemorySegment memory(long address, long bytes) {
    return at(address, bytes);
  }

  @SuppressWarnings("restricted") // the addresses are what the code under test hands over
  private static MemorySegment at(long address, long bytes) {
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  @Override
  public synchronized long WintunCreateAdapter(long name, long tunnelType, long guid) {
    if (createError != 0) {
      return fail(createError);
    }
    if (leftover) {
      return fail(WindowsError.ALREADY_EXISTS);
    }
    adapters++;
    rows.add("adapter " + at(name, 200).getString(0, StandardCharsets.UTF_16LE));
    return ADAPTER;
  }

  @Override
  public synchronized long WintunOpenAdapter(long name) {
    if (!leftover) {
      return fail(WindowsError.FILE_NOT_FOUND);
    }
    adapters++;
    return ADAPTER;
  }

  @Override
  public synchronized void WintunCloseAdapter(long adapter) {
    adapters--;
    if (sessionOpen) {
      misuse.add("the adapter was closed before its session");
    }
  }

  @Override
  public int WintunDeleteDriver() {
    return 0;
  }

  @Override
  public void WintunGetAdapterLUID(long adapter, long luid) {
    memory(luid, 8).set(ValueLayout.JAVA_LONG, 0, LUID);
  }

  @Override
  public int WintunGetRunningDriverVersion() {
    return 14;
  }

  @Override
  public void WintunSetLogger(@Nullable DriverLogger logger) {
    // It has nothing to say.
  }

  @Override
  public synchronized long WintunStartSession(long adapter, int capacity) {
    if (sessionOpen) {
      misuse.add("a second session was started");
    }
    sessionOpen = true;
    return ++sessions;
  }

  @Override
  public synchronized void WintunEndSession(long session) {
    use(session);
    if (!takenOut.isEmpty() || !rooms.isEmpty()) {
      misuse.add("a session ended with packets in use");
    }
    sessionOpen = false;
  }

  @Override
  public synchronized long WintunGetReadWaitEvent(long session) {
    use(session);
    return EVENT;
  }

  @Override
  public synchronized long WintunReceivePacket(long session, long packetSize) {
    use(session);
    if (fault != 0) {
      long nothing = fail(fault);
      fault = 0;
      return nothing;
    }
    var packet = incoming.poll();
    if (packet == null) {
      return fail(WindowsError.NO_MORE_ITEMS);
    }
    var copy = arena.allocateFrom(ValueLayout.JAVA_BYTE, packet);
    takenOut.put(copy.address(), copy);
    memory(packetSize, 4).set(ValueLayout.JAVA_INT, 0, packet.length);
    return copy.address();
  }

  @Override
  public synchronized void WintunReleaseReceivePacket(long session, long packet) {
    use(session);
    if (takenOut.remove(packet) == null) {
      misuse.add("a packet was released that was not taken out");
    }
  }

  @Override
  public synchronized long WintunAllocateSendPacket(long session, int packetSize) {
    use(session);
    allocations++;
    if (room <= 0) {
      return fail(WindowsError.BUFFER_OVERFLOW);
    }
    room--;
    var place = arena.allocate(packetSize);
    rooms.put(place.address(), place);
    return place.address();
  }

  @Override
  public synchronized void WintunSendPacket(long session, long packet) {
    use(session);
    var place = rooms.remove(packet);
    if (place == null) {
      misuse.add("a packet was sent that had no room");
    } else {
      sent.add(place.toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @Override
  public synchronized int WaitForSingleObject(long handle, int milliseconds) {
    waits++;
    longestWait = Math.max(longestWait, milliseconds < 0 ? Integer.MAX_VALUE : milliseconds);
    long end = System.nanoTime() + milliseconds * 1_000_000L;
    try {
      while (!signalled) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return 258;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
    signalled = false;
    return 0;
  }

  @Override
  public synchronized int SetEvent(long event) {
    signalled = true;
    notifyAll();
    return 1;
  }

  @Override
  public void RtlMoveMemory(long to, long from, long bytes) {
    MemorySegment.copy(memory(from, bytes), 0, memory(to, bytes), 0, bytes);
  }

  @Override
  public void InitializeUnicastIpAddressEntry(long row) {
    memory(row, 80).fill((byte) 0);
  }

  @Override
  public synchronized int CreateUnicastIpAddressEntry(long row) {
    var memory = memory(row, 80);
    rows.add(
        "address family "
            + memory.get(ValueLayout.JAVA_SHORT, 0)
            + "/"
            + memory.get(ValueLayout.JAVA_BYTE, 60)
            + " of "
            + memory.get(ValueLayout.JAVA_LONG, 32));
    return 0;
  }

  @Override
  public int GetIpInterfaceEntry(long row) {
    return noIpv6 && memory(row, 168).get(ValueLayout.JAVA_SHORT, 0) == 23
        ? WindowsError.NOT_FOUND
        : 0;
  }

  @Override
  public synchronized int SetIpInterfaceEntry(long row) {
    rows.add("mtu " + memory(row, 168).get(ValueLayout.JAVA_INT, 152));
    return 0;
  }

  @Override
  public int DeleteUnicastIpAddressEntry(long row) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int GetUnicastIpAddressTable(int family, long table) {
    return WindowsError.NOT_FOUND;
  }

  @Override
  public void InitializeIpForwardEntry(long row) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int CreateIpForwardEntry2(long row) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int DeleteIpForwardEntry2(long row) {
    throw new UnsupportedOperationException();
  }

  @Override
  public int GetIpForwardTable2(int family, long table) {
    return WindowsError.NOT_FOUND;
  }

  @Override
  public void FreeMibTable(long table) {
    throw new UnsupportedOperationException();
  }
}
