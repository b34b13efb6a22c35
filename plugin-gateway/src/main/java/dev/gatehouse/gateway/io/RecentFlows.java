package dev.gatehouse.gateway.io;

import dev.gatehouse.gateway.core.FlowRecord;
import dev.gatehouse.gateway.core.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The flows that ended last: of the allowed and of the denied ones each so many, so that a port
 * scan does not push out the others. Written by one thread, read by any; nobody waits.
 */
final class RecentFlows {

  static final int MOST = 1024;

  private static final class Ring {
    private final AtomicReferenceArray<FlowRecord> flows = new AtomicReferenceArray<>(MOST);
    private final AtomicInteger next = new AtomicInteger();

    void add(FlowRecord flow) {
      flows.set(next.getAndIncrement() & (MOST - 1), flow);
    }

    void addTo(List<FlowRecord> all) {
      for (int i = 0; i < MOST; i++) {
        var flow = flows.get(i);
        if (flow != null) {
          all.add(flow);
        }
      }
    }
  }

  private final Ring allowed = new Ring();
  private final Ring denied = new Ring();

  void add(FlowRecord flow) {
    (flow.verdict() == Verdict.ALLOWED ? allowed : denied).add(flow);
  }

  /** All of them, in no order. */
  List<FlowRecord> all() {
    var all = new ArrayList<FlowRecord>();
    allowed.addTo(all);
    denied.addTo(all);
    return all;
  }
}
