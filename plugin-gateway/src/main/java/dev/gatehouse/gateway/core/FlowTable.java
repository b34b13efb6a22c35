package dev.gatehouse.gateway.core;

import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.packet.Octets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The flows of one shard that are under way, with what they have carried. A flow is a client, a
 * protocol, two ports, an address and a verdict. An allowed TCP flow begins with a SYN. It ends
 * with a RST, with both FINs, when another resource decides for it, or after two minutes without a
 * packet. A packet of a known flow allocates nothing, and memory is bounded: what has no room is
 * counted. One thread, apart from the counters.
 */
public final class FlowTable {

  /** How long a flow may say nothing, in nanoseconds. */
  public static final long IDLE = 120_000_000_000L;

  /** The most flows at once. */
  public static final int MOST = 65_536;

  /** So many of them may be denied ones, so that a port scan does not crowd out the others. */
  public static final int MOST_DENIED = MOST / 4;

  private static final int FIRST = 256;
  private static final int FIN_OUT = 1;
  private static final int FIN_IN = 2;
  private static final int RST = 4;

  private static final class Flow {
    ClientPolicy client;
    int protocol;
    int clientPort;
    int remotePort;
    long high;
    long low;
    Verdict verdict;
    boolean fromClient;
    @Nullable Grant grant;
    @Nullable Translation translation;
    long realHigh;
    long realLow;
    long start;
    long last;
    long sentPackets;
    long sentBytes;
    long receivedPackets;
    long receivedBytes;
    int ended;

    Flow(ClientPolicy client) {
      this.client = client;
      this.verdict = Verdict.ALLOWED;
    }
  }

  private final Consumer<FlowRecord> ended;
  private final @Nullable Consumer<FlowRecord> began;
  private final long salt;
  private @Nullable Flow[] table = new @Nullable Flow[FIRST * 2];
  private final List<Flow> spare = new ArrayList<>();
  private int size;
  private int denied;
  private final AtomicLong unrecorded = new AtomicLong();
  private volatile int visibleSize;

  /**
   * An empty table.
   *
   * @param salt a secret that spreads the flows
   * @param ended gets every flow that has ended; must not block
   */
  public FlowTable(long salt, Consumer<FlowRecord> ended) {
    this(salt, ended, null);
  }

  /**
   * An empty table that also tells of beginnings.
   *
   * @param salt a secret that spreads the flows
   * @param ended gets every flow that has ended; must not block
   * @param began gets every flow with its first packet; must not block
   */
  public FlowTable(long salt, Consumer<FlowRecord> ended, @Nullable Consumer<FlowRecord> began) {
    this.salt = salt;
    this.ended = ended;
    this.began = began;
  }

  /** How many packets belonged to flows for which there was no room. Any thread. */
  public long unrecorded() {
    return unrecorded.get();
  }

  /** How many flows are under way, as of the last {@link #expire}. Any thread. */
  public int size() {
    return visibleSize;
  }

  /**
   * Notes a packet that was judged.
   *
   * @param packet as it was when it was judged; its view, not its bytes
   * @param outward whether it is the client's
   * @param packets how many packets it stands for
   * @param now the monotonic clock in nanoseconds
   */
  public void note(
      ClientPolicy client,
      IpPacket packet,
      boolean outward,
      Verdict verdict,
      @Nullable Grant grant,
      @Nullable Translation translation,
      int packets,
      long now) {
    int protocol = packet.protocol();
    int clientPort = outward ? packet.sourcePort() : packet.destinationPort();
    int remotePort = outward ? packet.destinationPort() : packet.sourcePort();
    long high = outward ? packet.destinationHigh() : packet.sourceHigh();
    long low = outward ? packet.destinationLow() : packet.sourceLow();
    int flags = protocol == IpPacket.TCP && !packet.isLaterFragment() ? packet.tcpFlags() : 0;
    boolean opening = (flags & (IpPacket.SYN | IpPacket.ACK)) == IpPacket.SYN;
    int at = find(client.handle(), protocol, clientPort, remotePort, high, low, verdict);
    var flow = table[at];
    if (flow != null && isOver(flow, grant, opening)) {
      end(at);
      at = find(client.handle(), protocol, clientPort, remotePort, high, low, verdict);
      flow = null;
    }
    boolean isNew = flow == null;
    if (flow == null) {
      boolean allowed = verdict == Verdict.ALLOWED;
      if (allowed && protocol == IpPacket.TCP && !opening) {
        return;
      }
      if (size == MOST || (!allowed && denied == MOST_DENIED)) {
        unrecorded.addAndGet(packets);
        return;
      }
      flow = begin(at, client, verdict, now);
      flow.protocol = protocol;
      flow.clientPort = clientPort;
      flow.remotePort = remotePort;
      flow.high = high;
      flow.low = low;
      flow.fromClient = outward;
      flow.translation = translation;
      if (translation != null && outward && allowed) {
        boolean v4 = packet.version() == 4;
        long from = packet.offset() + (v4 ? 16L : 24L);
        flow.realHigh = v4 ? 0 : Octets.u64(packet.slab(), from);
        flow.realLow =
            v4
                ? IpPacket.MAPPED | (Octets.u32(packet.slab(), from) & 0xffff_ffffL)
                : Octets.u64(packet.slab(), from + 8);
      }
      if (size * 2 > table.length) {
        grow();
      }
    }
    flow.client = client;
    flow.grant = grant;
    flow.last = now;
    if (outward) {
      flow.sentPackets += packets;
      flow.sentBytes += packet.length();
    } else {
      flow.receivedPackets += packets;
      flow.receivedBytes += packet.length();
    }
    if (isNew && began != null) {
      began.accept(record(flow));
    }
    if ((flags & IpPacket.RST) != 0) {
      flow.ended |= RST;
    }
    if ((flags & IpPacket.FIN) != 0) {
      flow.ended |= outward ? FIN_OUT : FIN_IN;
    }
  }

  /**
   * Adds flows that are under way to a list. The shard's thread.
   *
   * @param most how long the list may get
   */
  public void collect(FlowFilter filter, int most, List<FlowRecord> into) {
    for (var flow : table) {
      if (into.size() >= most) {
        return;
      }
      if (flow != null && filter.matches(flow.client.id(), flow.verdict, resource(flow))) {
        into.add(record(flow));
      }
    }
  }

  private static @Nullable Resource resource(Flow flow) {
    return flow.grant == null ? null : flow.grant.resource();
  }

  private static boolean isOver(Flow flow, @Nullable Grant grant, boolean opening) {
    boolean carried = flow.sentPackets > 0 && flow.receivedPackets > 0;
    return (opening && (carried || flow.ended != 0))
        || (grant != null
            && flow.grant != null
            && !grant.resource().id().equals(flow.grant.resource().id()));
  }

  private Flow begin(int at, ClientPolicy client, Verdict verdict, long now) {
    var flow = spare.isEmpty() ? new Flow(client) : spare.removeLast();
    flow.verdict = verdict;
    flow.client = client;
    flow.start = now;
    flow.realHigh = 0;
    flow.realLow = 0;
    flow.sentPackets = 0;
    flow.sentBytes = 0;
    flow.receivedPackets = 0;
    flow.receivedBytes = 0;
    flow.ended = 0;
    table[at] = flow;
    size++;
    denied += verdict == Verdict.ALLOWED ? 0 : 1;
    return flow;
  }

  /** Ends the flows whose time has come. Once a second. */
  public void expire(long now) {
    for (int at = 0; at < table.length; at++) {
      // What moves up into a freed place is looked at again.
      for (var flow = table[at]; flow != null && isDue(flow, now); flow = table[at]) {
        end(at);
      }
    }
    visibleSize = size;
  }

  private static boolean isDue(Flow flow, long now) {
    return now - flow.last >= IDLE
        || (flow.ended & RST) != 0
        || (flow.ended & (FIN_OUT | FIN_IN)) == (FIN_OUT | FIN_IN);
  }

  /** Ends all flows, as at the end of the gateway. */
  public void endAll() {
    for (int at = 0; at < table.length; at++) {
      while (table[at] != null) {
        end(at);
      }
    }
    visibleSize = 0;
  }

  private void end(int at) {
    var flow = table[at];
    if (flow == null) {
      return;
    }
    remove(at);
    ended.accept(record(flow));
    flow.grant = null;
    flow.translation = null;
    spare.add(flow);
  }

  private static FlowRecord record(Flow flow) {
    var remote = new IpAddress(flow.high, flow.low);
    var own =
        flow.client.addresses().stream()
            .filter(address -> address.isV4() == remote.isV4())
            .findFirst()
            .orElse(flow.client.addresses().getFirst());
    var translation = flow.translation;
    boolean translated = flow.realHigh != 0 || flow.realLow != 0;
    return new FlowRecord(
        flow.client.id(),
        own,
        flow.clientPort,
        remote,
        flow.remotePort,
        flow.protocol,
        flow.verdict,
        flow.fromClient,
        resource(flow),
        translation == null ? null : translation.domain(),
        translated ? new IpAddress(flow.realHigh, flow.realLow) : null,
        flow.start,
        flow.last,
        flow.sentPackets,
        flow.sentBytes,
        flow.receivedPackets,
        flow.receivedBytes);
  }

  /** Where the flow is, or the free place where it would be. */
  private int find(
      int handle,
      int protocol,
      int clientPort,
      int remotePort,
      long high,
      long low,
      Verdict verdict) {
    int at = home(handle, protocol, clientPort, remotePort, high, low, verdict);
    while (true) {
      var flow = table[at];
      if (flow == null
          || (flow.low == low
              && flow.clientPort == clientPort
              && flow.remotePort == remotePort
              && flow.protocol == protocol
              && flow.client.handle() == handle
              && flow.verdict == verdict
              && flow.high == high)) {
        return at;
      }
      at = (at + 1) & (table.length - 1);
    }
  }

  private int home(
      int handle,
      int protocol,
      int clientPort,
      int remotePort,
      long high,
      long low,
      Verdict verdict) {
    long ports = (long) clientPort << 32 | (long) remotePort << 16 | protocol << 8;
    long key = NatSessions.mix(salt ^ low ^ ports) + 31 * (high ^ handle) + verdict.ordinal();
    return (int) (NatSessions.mix(key) & (table.length - 1));
  }

  private int homeOf(Flow flow) {
    return home(
        flow.client.handle(),
        flow.protocol,
        flow.clientPort,
        flow.remotePort,
        flow.high,
        flow.low,
        flow.verdict);
  }

  private void remove(int at) {
    var gone = table[at];
    size--;
    denied -= gone != null && gone.verdict != Verdict.ALLOWED ? 1 : 0;
    int mask = table.length - 1;
    int hole = at;
    for (int next = (at + 1) & mask; ; next = (next + 1) & mask) {
      var flow = table[next];
      if (flow == null) {
        break;
      }
      if (((next - homeOf(flow)) & mask) >= ((next - hole) & mask)) {
        table[hole] = flow;
        hole = next;
      }
    }
    table[hole] = null;
  }

  private void grow() {
    var old = table;
    table = new @Nullable Flow[old.length * 2];
    Arrays.stream(old)
        .forEach(flow -> {
          if (flow != null) {
            int at = homeOf(flow);
            while (table[at] != null) {
              at = (at + 1) & (table.length - 1);
            }
            table[at] = flow;
          }
        });
  }
}
