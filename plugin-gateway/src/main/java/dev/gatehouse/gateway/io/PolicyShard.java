package dev.gatehouse.gateway.io;

import dev.gatehouse.api.TimeSource;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.gateway.core.ClientPolicy;
import dev.gatehouse.gateway.core.ControlMessage;
import dev.gatehouse.gateway.core.Decider;
import dev.gatehouse.gateway.core.FlowTable;
import dev.gatehouse.gateway.core.IcmpErrors;
import dev.gatehouse.gateway.core.IpPacket;
import dev.gatehouse.gateway.core.PolicyTable;
import dev.gatehouse.gateway.core.Traffic;
import dev.gatehouse.gateway.core.Verdict;
import dev.gatehouse.gateway.core.WallClock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The packet path of one shard. Everything but the counters belongs to the shard's thread. */
final class PolicyShard {

  private static final Logger log = LoggerFactory.getLogger(PolicyShard.class);
  private static final Duration TICK = Duration.ofSeconds(1);

  private final Shard shard;
  private final TimeSource time;
  private final StoreFollower follower;
  private final Controls controls;
  private final @Nullable FlowTable flows;
  private final IpPacket packet = new IpPacket();
  private final Decider decider = new Decider();
  private final WallClock clock = new WallClock();
  private final Traffic traffic = new Traffic();
  private final DropCounters drops = new DropCounters();
  private final List<Shard.Watch> watches = new ArrayList<>();
  private @Nullable PacketBatch errors;

  /** Takes control messages of clients. Called on the shard's thread; must not block. */
  @FunctionalInterface
  interface Controls {
    void take(int handle, int kind, byte[] body);
  }

  PolicyShard(
      Shard shard,
      TimeSource time,
      StoreFollower follower,
      Controls controls,
      @Nullable FlowTable flows) {
    this.flows = flows;
    this.controls = controls;
    this.shard = shard;
    this.time = time;
    this.follower = follower;
    renewClock();
  }

  void open() {
    watches.add(shard.every(TICK, this::tick));
    watches.add(shard.consume(Lane.FROM_TUNNEL, this::fromTunnel));
    watches.add(shard.consume(Lane.FROM_TUN, this::fromTun));
  }

  void close() {
    watches.reversed().forEach(Shard.Watch::close);
    watches.clear();
  }

  /** Ends all flows. The shard's thread, after {@link #close}. */
  void endFlows() {
    if (flows != null) {
      flows.endAll();
    }
  }

  /** Notes a packet that was judged, unless it needs no authorization or proves nothing. */
  private void note(ClientPolicy client, boolean outward, Verdict verdict, int packets, long now) {
    var table = flows;
    if (table == null
        || packet.isIcmpError()
        || verdict == Verdict.MULTICAST
        || verdict == Verdict.CONTROL
        || (verdict == Verdict.ALLOWED && decider.grant() == null)) {
      return;
    }
    table.note(
        client, packet, outward, verdict, decider.grant(), decider.translation(), packets, now);
  }

  Traffic traffic() {
    return traffic;
  }

  DropCounters drops() {
    return drops;
  }

  /** Once a second: the wall clock may have jumped. */
  private void tick() {
    renewClock();
    decider.forget();
    if (flows != null) {
      flows.expire(time.nanoTime());
    }
  }

  private void renewClock() {
    boolean known = follower.knowsTime();
    clock.renew(known, time.nanoTime(), time.now());
  }

  private void fromTunnel(PacketBatch batch) {
    int kept = -1;
    try {
      kept = judgeFromTunnel(batch);
    } finally {
      if (kept < 0) {
        batch.close();
        abandonErrors();
      }
    }
    sendErrors();
    passOn(batch, kept, shard.lane(Lane.TO_TUN));
  }

  private int judgeFromTunnel(PacketBatch batch) {
    long now = time.nanoTime();
    long wall = clock.at(now);
    var table = follower.table();
    boolean partitioned = follower.isPartitioned(now);
    var slab = batch.slab();
    int kept = 0;
    long bytes = 0;
    for (int i = 0; i < batch.size(); i++) {
      int length = batch.length(i);
      if (length == 0) {
        continue;
      }
      var client = table.byHandle(batch.peer(i));
      var verdict =
          packet.parse(slab, batch.offset(i), length, false)
              ? decider.fromClient(table, client, packet, wall, partitioned)
              : Verdict.MALFORMED;
      if (verdict == Verdict.ALLOWED && client != null) {
        verdict = translate(client, now);
      }
      if (client != null && verdict != Verdict.MALFORMED) {
        note(client, true, verdict, 1, now);
      }
      if (verdict == Verdict.ALLOWED) {
        kept++;
        bytes += length;
      } else if (verdict == Verdict.CONTROL && client != null && control(batch, i, client, now)) {
        batch.reframe(i, batch.offset(i), 0);
      } else {
        if (verdict.reply() != Verdict.Reply.NONE && client != null) {
          answer(verdict.reply(), client, now);
        }
        refuse(batch, i, verdict);
      }
    }
    traffic.add(Traffic.Counter.PACKETS_IN, kept);
    traffic.add(Traffic.Counter.BYTES_IN, bytes);
    return kept;
  }

  /** Sends an allowed packet on to what stands behind its destination, if that is a proxy. */
  private Verdict translate(ClientPolicy client, long now) {
    var behind = decider.translation();
    if (behind == null) {
      return Verdict.ALLOWED;
    }
    if (packet.isFragment()) {
      return Verdict.FRAGMENT;
    }
    return switch (client.nat().outward(packet, behind, now)) {
      case TRANSLATED -> Verdict.ALLOWED;
      case UNREACHABLE -> Verdict.UNREACHABLE;
      case FULL -> Verdict.TOO_MANY_SESSIONS;
      case UNKNOWN, EXPIRED, UNSUPPORTED -> Verdict.UNTRANSLATABLE;
    };
  }

  /**
   * Brings a packet from what stands behind a proxy back to it; then it is judged as from there.
   */
  private Verdict judgeToClient(
      PolicyTable table,
      @Nullable ClientPolicy client,
      PacketBatch batch,
      int index,
      long now,
      boolean partitioned) {
    if (client != null) {
      boolean train = batch.segmentSize(index) > 0;
      switch (client.nat().inward(packet, train, now)) {
        case EXPIRED -> {
          return Verdict.EXPIRED_SESSION;
        }
        case UNSUPPORTED -> {
          return Verdict.FOREIGN_ICMP_ERROR;
        }
        case TRANSLATED -> {
          if (!packet.parse(batch.slab(), batch.offset(index), batch.length(index), train)) {
            return Verdict.MALFORMED;
          }
        }
        default -> {
          // Not of any session: as it is.
        }
      }
    }
    return decider.toClient(table, client, packet, clock.at(now), partitioned);
  }

  /** Hands a control message over; false if it is none. This path may allocate: it is limited. */
  private boolean control(PacketBatch batch, int index, ClientPolicy client, long now) {
    int length = batch.length(index) - ControlMessage.HEADERS;
    if (length < 0
        || length > ControlMessage.LONGEST_BODY
        || packet.headerLength() != ControlMessage.HEADERS - 8
        || !client.nat().takesControl(now)) {
      return false;
    }
    long at = batch.offset(index) + (long) ControlMessage.HEADERS;
    int kind = Octets.u8(batch.slab(), at - 8);
    var body = batch.slab().asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    controls.take(client.handle(), kind, body);
    traffic.add(Traffic.Counter.CONTROL_MESSAGES, 1);
    return true;
  }

  /** Sends a packet made by the gateway itself to a client. The shard's thread. */
  void send(int handle, byte[] bytes) {
    var batch = shard.pool().tryAcquire();
    if (batch == null) {
      drops.count(DropReason.POOL_EMPTY, 1);
      return;
    }
    int at = batch.reserve(bytes.length);
    MemorySegment.copy(bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, at, bytes.length);
    batch.peer(batch.commit(at, bytes.length), handle);
    if (!shard.lane(Lane.TO_TUNNEL).offer(batch)) {
      drops.count(DropReason.LANE_FULL, 1);
      batch.close();
    }
  }

  private void fromTun(PacketBatch batch) {
    int kept = -1;
    try {
      kept = judgeFromTun(batch);
    } finally {
      if (kept < 0) {
        batch.close();
      }
    }
    passOn(batch, kept, shard.lane(Lane.TO_TUNNEL));
  }

  private int judgeFromTun(PacketBatch batch) {
    long now = time.nanoTime();
    var table = follower.table();
    boolean partitioned = follower.isPartitioned(now);
    var slab = batch.slab();
    int kept = 0;
    long packets = 0;
    long bytes = 0;
    for (int i = 0; i < batch.size(); i++) {
      int length = batch.length(i);
      if (length == 0) {
        continue;
      }
      ClientPolicy client = null;
      var verdict = Verdict.MALFORMED;
      if (packet.parse(slab, batch.offset(i), length, batch.segmentSize(i) > 0)) {
        client = table.byAddress(packet.destinationHigh(), packet.destinationLow());
        verdict = judgeToClient(table, client, batch, i, now, partitioned);
        if (client != null && verdict != Verdict.MALFORMED) {
          note(client, false, verdict, batch.packets(i), now);
        }
      }
      if (verdict == Verdict.ALLOWED && client != null) {
        batch.peer(i, client.handle());
        kept++;
        packets += batch.packets(i);
        bytes += length;
      } else {
        refuse(batch, i, verdict);
      }
    }
    traffic.add(Traffic.Counter.PACKETS_OUT, packets);
    traffic.add(Traffic.Counter.BYTES_OUT, bytes);
    return kept;
  }

  private void refuse(PacketBatch batch, int index, Verdict verdict) {
    var reason = verdict.reason();
    traffic.add(verdict, batch.packets(index));
    batch.drop(index, reason == null ? DropReason.NOT_ALLOWED : reason, drops);
    if (log.isTraceEnabled()) {
      log.atTrace().addKeyValue("verdict", verdict.label()).log("packet refused");
    }
  }

  private void passOn(PacketBatch batch, int kept, PacketLane lane) {
    if (kept == 0) {
      batch.close();
    } else if (!lane.offer(batch)) {
      for (int i = 0; i < batch.size(); i++) {
        if (batch.length(i) > 0) {
          batch.drop(i, DropReason.LANE_FULL, drops);
        }
      }
      batch.close();
    }
  }

  /** Adds the ICMP error for the packet in view to the batch of errors, within the rate limit. */
  private void answer(Verdict.Reply reply, ClientPolicy client, long now) {
    if (!IcmpErrors.mayAnswer(packet)) {
      return;
    }
    if (!client.icmpErrors().tryTake(now)) {
      traffic.add(Traffic.Counter.ICMP_ERRORS_SUPPRESSED, 1);
      return;
    }
    var target = errors;
    if (target == null) {
      target = shard.pool().tryAcquire();
      errors = target;
    }
    if (target == null || !IcmpErrors.write(packet, reply, target, client.handle())) {
      traffic.add(Traffic.Counter.ICMP_ERRORS_SUPPRESSED, 1);
    }
  }

  private void sendErrors() {
    var batch = errors;
    errors = null;
    if (batch == null) {
      return;
    }
    int count = batch.size();
    boolean sent = count > 0 && shard.lane(Lane.TO_TUNNEL).offer(batch);
    if (!sent) {
      batch.close();
    }
    traffic.add(sent ? Traffic.Counter.ICMP_ERRORS : Traffic.Counter.ICMP_ERRORS_SUPPRESSED, count);
  }

  private void abandonErrors() {
    var batch = errors;
    errors = null;
    if (batch != null) {
      batch.close();
    }
  }
}
