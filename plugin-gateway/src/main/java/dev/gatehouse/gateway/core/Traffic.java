package dev.gatehouse.gateway.core;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** What one shard let pass and refused: one writing thread, any number of readers, no lock. */
public final class Traffic {

  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  /** What is counted besides verdicts. */
  public enum Counter {
    /** Packets from clients that went on to a resource or the gateway. */
    PACKETS_IN("packets-allowed-in"),
    /** Their bytes. */
    BYTES_IN("bytes-allowed-in"),
    /** Packets from resources or the gateway that went on to a client. */
    PACKETS_OUT("packets-allowed-out"),
    /** Their bytes. */
    BYTES_OUT("bytes-allowed-out"),
    /** Control messages of clients that were looked at. */
    CONTROL_MESSAGES("control-messages"),
    /** ICMP errors sent to clients. */
    ICMP_ERRORS("icmp-errors-sent"),
    /** ICMP errors not sent because of the rate limit or for want of a batch. */
    ICMP_ERRORS_SUPPRESSED("icmp-errors-suppressed");

    private final String label;

    Counter(String label) {
      this.label = label;
    }

    /** The name used in status. */
    public String label() {
      return label;
    }
  }

  private final long[] counts = new long[Counter.values().length];
  private final long[] verdicts = new long[Verdict.values().length];

  /** All zero. */
  public Traffic() {}

  /** Adds to a counter; the owning shard only. */
  public void add(Counter counter, long amount) {
    add(counts, counter.ordinal(), amount);
  }

  /** Counts packets by what became of them; the owning shard only. */
  public void add(Verdict verdict, long packets) {
    add(verdicts, verdict.ordinal(), packets);
  }

  private static void add(long[] array, int index, long amount) {
    COUNT.setOpaque(array, index, array[index] + amount);
  }

  /** The value of a counter. */
  public long of(Counter counter) {
    return (long) COUNT.getOpaque(counts, counter.ordinal());
  }

  /** How many packets got this verdict. */
  public long of(Verdict verdict) {
    return (long) COUNT.getOpaque(verdicts, verdict.ordinal());
  }
}
