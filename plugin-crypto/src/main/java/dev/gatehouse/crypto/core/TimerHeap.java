package dev.gatehouse.crypto.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Peers by the moment they want to be looked at next. A peer whose moment moved further away stays
 * where it is and is put back when it comes up, so that packets, which push deadlines away, cost
 * nothing here.
 */
final class TimerHeap {

  private @Nullable Peer[] heap = new @Nullable Peer[16];
  private int size;

  /** The earliest moment, {@link Peer#NEVER} if there is none. */
  long earliest() {
    var first = heap[0];
    return size == 0 || first == null ? Peer.NEVER : first.wakeAt;
  }

  /** Makes sure that the peer comes up at this moment or before. */
  void wake(Peer peer, long at) {
    if (at >= peer.wakeAt) {
      return;
    }
    peer.wakeAt = at;
    if (peer.heapSlot < 0) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, 2 * size);
      }
      peer.heapSlot = size++;
      heap[peer.heapSlot] = peer;
    }
    up(peer);
  }

  /** Takes out a peer whose moment has come; null if there is none. */
  @Nullable Peer poll(long nowNanos) {
    var first = heap[0];
    if (size == 0 || first == null || first.wakeAt > nowNanos) {
      return null;
    }
    remove(first);
    return first;
  }

  /** Takes a peer out. */
  void remove(Peer peer) {
    int slot = peer.heapSlot;
    if (slot < 0) {
      return;
    }
    var last = heap[--size];
    heap[size] = null;
    if (last != null && last != peer) {
      heap[slot] = last;
      last.heapSlot = slot;
      up(last);
      down(last);
    }
    peer.heapSlot = -1;
    peer.wakeAt = Peer.NEVER;
  }

  private void up(Peer peer) {
    int slot = peer.heapSlot;
    while (slot > 0) {
      var parent = at((slot - 1) / 2);
      if (parent.wakeAt <= peer.wakeAt) {
        break;
      }
      set(slot, parent);
      slot = (slot - 1) / 2;
    }
    set(slot, peer);
  }

  private void down(Peer peer) {
    int slot = peer.heapSlot;
    while (2 * slot + 1 < size) {
      int child = 2 * slot + 1;
      if (child + 1 < size && at(child + 1).wakeAt < at(child).wakeAt) {
        child++;
      }
      if (at(child).wakeAt >= peer.wakeAt) {
        break;
      }
      set(slot, at(child));
      slot = child;
    }
    set(slot, peer);
  }

  private Peer at(int slot) {
    var peer = heap[slot];
    if (peer == null) {
      throw new IllegalStateException("hole in the heap");
    }
    return peer;
  }

  private void set(int slot, Peer peer) {
    heap[slot] = peer;
    peer.heapSlot = slot;
  }
}
