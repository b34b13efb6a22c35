package dev.gatehouse.tun.windows.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.tun.windows.abi.WindowsApi;
import dev.gatehouse.tun.windows.core.AdaptiveSpin;
import dev.gatehouse.tun.windows.core.RingPacket;
import dev.gatehouse.tun.windows.core.WindowsError;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Reads packets of one session on a thread of its own. Waits are bounded, because released drivers
 * now and then forget to signal; how often that happened is counted.
 */
final class RingReader {

  /** Why reading ended. */
  enum End {
    /** It was asked to. */
    STOPPED,
    /** The adapter goes away. */
    GONE,
    /** The ring is corrupt and needs a new session. */
    CORRUPT
  }

  private enum Turn {
    MORE,
    EMPTY,
    GONE,
    CORRUPT
  }

  static final int MAX_PACKETS = 64;
  static final int WAIT_MILLIS = 250;
  private static final int WAIT_TIMEOUT = 258;
  private static final int WAIT_FAILED = -1;
  private static final long PAUSE_NANOS = 1_000_000;

  private final WindowsApi api;
  private final Handover handover;
  private final Traffic traffic;
  private final int mtu;
  private final TimeSource time;
  private final BooleanSupplier stopping;
  private final AdaptiveSpin spin = new AdaptiveSpin();

  RingReader(
      WindowsApi api,
      Handover handover,
      Traffic traffic,
      int mtu,
      TimeSource time,
      BooleanSupplier stopping) {
    this.api = api;
    this.handover = handover;
    this.traffic = traffic;
    this.mtu = mtu;
    this.time = time;
    this.stopping = stopping;
  }

  /** Reads until there is a reason to end. */
  End read(long session) {
    long event = api.wintun().WintunGetReadWaitEvent(session);
    boolean forgotten = false;
    try (var arena = Arena.ofConfined()) {
      var size = arena.allocate(4, 4);
      while (!stopping.getAsBoolean()) {
        var batch = handover.acquire();
        if (batch == null) {
          traffic.add(Traffic.PAUSES, 1);
          LockSupport.parkNanos(PAUSE_NANOS);
          continue;
        }
        var turn = fill(batch, session, size);
        if (batch.isEmpty()) {
          batch.close();
        } else {
          handover.give(batch);
          traffic.add(Traffic.LOST_WAKE_UPS, forgotten ? 1 : 0);
          spin.found();
        }
        forgotten = false;
        switch (turn) {
          case GONE -> {
            return End.GONE;
          }
          case CORRUPT -> {
            return End.CORRUPT;
          }
          case EMPTY -> {
            if (spin.looksAgain(time.nanoTime())) {
              Thread.onSpinWait();
            } else {
              spin.waited();
              traffic.add(Traffic.WAITS, 1);
              int waited = api.kernel().WaitForSingleObject(event, WAIT_MILLIS);
              if (waited == WAIT_FAILED) {
                return stopping.getAsBoolean() ? End.STOPPED : End.GONE;
              }
              forgotten = waited == WAIT_TIMEOUT;
            }
          }
          case MORE -> {}
        }
      }
      return End.STOPPED;
    }
  }

  private Turn fill(PacketBatch batch, long session, MemorySegment size) {
    long bytes = 0;
    var turn = Turn.MORE;
    for (int i = 0; i < MAX_PACKETS; i++) {
      int at = batch.reserve(mtu);
      if (at < 0) {
        break;
      }
      long packet = api.wintun().WintunReceivePacket(session, size.address());
      if (packet == 0) {
        turn =
            switch (api.lastError().getAsInt()) {
              case WindowsError.NO_MORE_ITEMS -> Turn.EMPTY;
              case WindowsError.HANDLE_EOF -> Turn.GONE;
              default -> Turn.CORRUPT;
            };
        break;
      }
      bytes += take(batch, at, session, packet, size.get(ValueLayout.JAVA_INT, 0));
    }
    traffic.add(Traffic.READ_PACKETS, batch.size());
    traffic.add(Traffic.READ_BYTES, bytes);
    return turn;
  }

  private int take(PacketBatch batch, int at, long session, long packet, int bytes) {
    var refusal = RingPacket.refusal(bytes, mtu);
    if (refusal == null) {
      api.kernel().RtlMoveMemory(batch.address() + at, packet, bytes);
    }
    api.wintun().WintunReleaseReceivePacket(session, packet);
    int length = refusal == null ? RingPacket.length(batch.slab(), at, bytes) : 0;
    if (length == 0) {
      traffic.drops().count(refusal == null ? DropReason.MALFORMED : refusal, 1);
      return 0;
    }
    batch.commit(at, length);
    return length;
  }
}
