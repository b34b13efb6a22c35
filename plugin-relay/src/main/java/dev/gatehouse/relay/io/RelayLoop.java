package dev.gatehouse.relay.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.relay.core.SocketAddress;
import dev.gatehouse.relay.core.turn.PeerPolicy;
import dev.gatehouse.relay.core.turn.RelayOutput;
import dev.gatehouse.relay.core.turn.TurnClient;
import dev.gatehouse.relay.core.turn.TurnServer;
import dev.gatehouse.relay.io.RelayCounters.Tally;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The relay on one event loop: its listening sockets, its allocations' sockets and its connections,
 * and the core that says what becomes of what they receive. The loop's thread only, but for what
 * only reads.
 */
final class RelayLoop implements RelayOutput {

  /** Room for the longest answer and for one frame of a connection. */
  private static final int SCRATCH = 68 * 1024;

  private static final Duration TICK = Duration.ofMillis(500);

  private final RelayHouse house;
  private final int number;
  private final Shard shard;
  private final Arena arena = Arena.ofShared();
  private final RelayCounters counters = new RelayCounters();
  private final DatagramReader reader;
  private final DatagramWriter writer;
  private final TurnServer server;
  private final MemorySegment scratch;
  private final List<RelayListener> listeners = new ArrayList<>();
  private final List<Shard.Watch> watches = new ArrayList<>();
  private final StreamTable streams;
  private RelayLink[] links = new RelayLink[8];
  private int linkCount;
  private @Nullable RelayedSocket[] relayed = new @Nullable RelayedSocket[64];
  private final AtomicInteger relayedCount = new AtomicInteger();
  private @Nullable PacketBatch parcel;
  private int parcelTo;
  private int parcelRelay;
  private long parcelHigh;
  private long parcelLow;
  private int parcelPort;
  private boolean closed;

  RelayLoop(RelayHouse house, Shard shard, int number) {
    this.house = house;
    this.shard = shard;
    this.number = number;
    this.reader = new DatagramReader(house.libc(), arena);
    this.writer =
        new DatagramWriter(house.libc(), house.config().buffers().offload(), counters, arena);
    this.scratch = arena.allocate(SCRATCH, 64);
    this.server = house.group().server(number, this, house.random());
    this.streams = new StreamTable(this, house.limits());
  }

  /** Takes over bound sockets and begins to work; on the loop's thread. */
  void open(List<UdpSocket> sockets) {
    tick();
    for (var socket : sockets) {
      var listener = new RelayListener(socket, this::numbered);
      listeners.add(listener);
      watches.add(shard.watch(socket.descriptor(), () -> fromClients(listener)));
    }
    watches.add(shard.every(TICK, this::tick));
  }

  private RelayLink numbered(RelayLink link) {
    if (linkCount == links.length) {
      links = Arrays.copyOf(links, 2 * linkCount);
    }
    var known =
        new RelayLink(
            TurnClient.datagramLink(linkCount),
            link.descriptor(),
            link.local(),
            link.interfaceIndex());
    links[linkCount++] = known;
    return known;
  }

  private void tick() {
    server.tick(house.nanos(), house.epochSeconds());
    streams.sweep(house.nanos());
  }

  // ---- datagrams

  private boolean fromClients(RelayListener listener) {
    int messages = reader.receive(listener.socket().descriptor());
    if (messages == 0) {
      return false;
    }
    counters.add(Tally.READS, 1);
    long now = house.nanos();
    var slab = reader.data();
    for (int i = 0; i < messages; i++) {
      int length = reader.length(i);
      if (length < 0) {
        counters.add(Tally.TRUNCATED, 1);
        continue;
      }
      var control = reader.control(i);
      var link = listener.link(control).number();
      int size = control.segmentSize();
      int step = size > 0 && size < length ? size : length;
      var name = reader.name(i);
      long high = SocketAddress.high(name);
      long low = SocketAddress.low(name);
      int port = SocketAddress.port(name);
      long from = reader.offset(i);
      long end = from + length;
      counted(length, step);
      do {
        int piece = (int) Math.min(step, end - from);
        int verdict = server.fromClient(high, low, port, link, slab, from, piece, now);
        if (verdict != TurnServer.DONE) {
          carry(verdict, slab, server.payloadOffset(), server.payloadLength());
        }
        from += piece;
      } while (from < end);
    }
    settle();
    return true;
  }

  private boolean fromPeers(int relay, RelayedSocket socket) {
    int messages = reader.receive(socket.descriptor());
    if (messages == 0) {
      return false;
    }
    counters.add(Tally.READS, 1);
    long now = house.nanos();
    var slab = reader.data();
    for (int i = 0; i < messages && !socket.isClosed(); i++) {
      int length = reader.length(i);
      if (length < 0) {
        counters.add(Tally.TRUNCATED, 1);
        continue;
      }
      int size = reader.control(i).segmentSize();
      int step = size > 0 && size < length ? size : length;
      var name = reader.name(i);
      long high = SocketAddress.high(name);
      long low = SocketAddress.low(name);
      int port = SocketAddress.port(name);
      long from = reader.offset(i);
      long end = from + length;
      counted(length, step);
      do {
        int piece = (int) Math.min(step, end - from);
        int verdict = server.fromPeer(relay, high, low, port, piece, now);
        if (verdict != TurnServer.DONE) {
          carry(verdict, slab, from, piece);
        }
        from += piece;
      } while (from < end);
    }
    settle();
    return true;
  }

  private void counted(int length, int step) {
    counters.add(Tally.DATAGRAMS_IN, length == 0 ? 1 : (length + step - 1) / step);
    counters.add(Tally.BYTES_IN, length);
  }

  /** Does what the core said with a payload, which stays in place until {@link #settle}. */
  private void carry(int verdict, MemorySegment slab, long offset, int length) {
    switch (verdict) {
      case TurnServer.TO_PEER -> toPeer(slab.address() + offset, length);
      case TurnServer.TO_CLIENT, TurnServer.TO_CLIENT_IN_INDICATION ->
          toClient(verdict, slab, offset, length);
      case TurnServer.TO_SIBLING -> toSibling(slab, offset, length);
      default -> {}
    }
  }

  private void toPeer(long payload, int length) {
    var socket = relayed(server.relay());
    if (socket == null) {
      counters.add(Tally.SEND_FAILED, 1);
      return;
    }
    boolean mayFragment = !server.dontFragment();
    socket.fragment(mayFragment);
    writer.prefixes(
        socket.descriptor(), null, server.peerHigh(), server.peerLow(), server.peerPort(), length);
    writer.add(0, payload, length);
    if (!mayFragment) {
      writer.flush();
    }
  }

  private void toClient(int verdict, MemorySegment slab, long offset, int length) {
    var client = server.client();
    if (TurnClient.isStream(client.link())) {
      streams.send(client.link(), verdict, server, slab, offset, length);
      return;
    }
    var link = links[client.link()];
    boolean framed = verdict == TurnServer.TO_CLIENT;
    // Only the total decides, and padding is for streams.
    int total = length + (framed ? 4 : server.padding() + TurnServer.LONGEST_PREFIX);
    var prefixes =
        writer.prefixes(link.descriptor(), link, client.high(), client.low(), client.port(), total);
    int prefix = StreamTable.writePrefix(verdict, server, prefixes, writer.prefixOffset());
    if (!framed && server.padding() > 0) {
      // A Data indication ends with padding; it is rare, so it may be copied.
      MemorySegment.copy(slab, offset, scratch, prefix, length);
      MemorySegment.copy(prefixes, writer.prefixOffset(), scratch, 0, prefix);
      scratch.asSlice((long) prefix + length, 3).fill((byte) 0);
      writer.add(0, scratch.address(), prefix + length + server.padding());
      writer.flush();
    } else {
      writer.add(prefix, slab.address() + offset, length);
      if (!framed) {
        writer.flush();
      }
    }
  }

  /** Sends what was gathered, because its memory is about to be used again. */
  private void settle() {
    writer.flush();
    streams.flush();
    passParcel();
  }

  // ---- siblings

  private void toSibling(MemorySegment slab, long offset, int length) {
    boolean joins =
        parcel != null
            && parcelTo == server.sibling()
            && parcelRelay == server.relay()
            && parcelHigh == server.peerHigh()
            && parcelLow == server.peerLow()
            && parcelPort == server.peerPort();
    if (!joins) {
      passParcel();
    }
    if (!packed(slab, offset, length)) {
      passParcel();
      if (!packed(slab, offset, length)) {
        counters.add(Tally.SIBLING_FULL, 1);
      }
    }
  }

  private boolean packed(MemorySegment slab, long offset, int length) {
    var batch = parcel == null ? shard.pool().tryAcquire() : parcel;
    if (batch == null) {
      return false;
    }
    if (parcel == null) {
      parcel = batch;
      parcelTo = server.sibling();
      parcelRelay = server.relay();
      parcelHigh = server.peerHigh();
      parcelLow = server.peerLow();
      parcelPort = server.peerPort();
    }
    int at = batch.reserve(Math.max(1, length));
    if (at < 0) {
      return false;
    }
    MemorySegment.copy(slab, offset, batch.slab(), at, length);
    batch.commit(at, length);
    return true;
  }

  private void passParcel() {
    var batch = parcel;
    parcel = null;
    if (batch == null) {
      return;
    }
    if (batch.isEmpty()) {
      batch.close();
      return;
    }
    int relay = parcelRelay;
    long high = parcelHigh;
    long low = parcelLow;
    int port = parcelPort;
    house.loop(parcelTo).take(batch, relay, high, low, port);
  }

  /** From a sibling's thread. */
  private void take(PacketBatch batch, int relay, long high, long low, int port) {
    shard.execute(() -> {
      try (batch) {
        if (closed) {
          return;
        }
        long now = house.nanos();
        for (int i = 0; i < batch.size(); i++) {
          int length = batch.length(i);
          int verdict = server.fromSibling(relay, high, low, port, length, now);
          if (verdict != TurnServer.DONE) {
            carry(verdict, batch.slab(), batch.offset(i), length);
          }
        }
        settle();
      }
    });
  }

  // ---- what the core asks for

  @Override
  public void reply(long high, long low, int port, int link, byte[] message, int length) {
    if (TurnClient.isStream(link)) {
      streams.reply(link, message, length);
      return;
    }
    MemorySegment.copy(MemorySegment.ofArray(message), 0, scratch, 0, length);
    var way = links[link];
    writer.prefixes(way.descriptor(), way, high, low, port, length);
    writer.add(0, scratch.address(), length);
    writer.flush();
  }

  @Override
  public void openRelay(int relay, int port) {
    boolean opened = false;
    try {
      var address = (relay & 1) == 0 ? house.relayV4() : house.relayV6();
      if (address != null && !closed) {
        var socket =
            new RelayedSocket(
                house.libc(),
                UdpSocket.open(
                    house.libc(), new Endpoint(address, port), house.relayedOptions(), relay),
                streams.current());
        keep(relay, socket);
        socket.watch(shard, () -> fromPeers(relay, socket));
        opened = true;
      }
    } catch (GatehouseException | IllegalStateException e) {
      counters.add(Tally.SOCKETS_REFUSED, 1);
      closeRelay(relay);
    }
    server.relayOpened(relay, opened, house.nanos());
  }

  private void keep(int relay, RelayedSocket socket) {
    if (relay >= relayed.length) {
      relayed = Arrays.copyOf(relayed, Math.max(relay + 1, 2 * relayed.length));
    }
    relayed[relay] = socket;
    relayedCount.lazySet(relayedCount.getPlain() + 1);
    var owner = socket.owner();
    if (owner != null) {
      owner.allocated(1);
    }
  }

  @Override
  public void closeRelay(int relay) {
    var socket = relayed(relay);
    if (socket != null) {
      writer.flush();
      relayed[relay] = null;
      relayedCount.lazySet(relayedCount.getPlain() - 1);
      socket.close();
      var owner = socket.owner();
      if (owner != null) {
        owner.allocated(-1);
      }
    }
  }

  private @Nullable RelayedSocket relayed(int relay) {
    return relay < relayed.length ? relayed[relay] : null;
  }

  @Override
  public void evict(int sibling, long allocation) {
    house.loop(sibling).giveUp(allocation);
  }

  private void giveUp(long allocation) {
    shard.execute(() -> {
      if (!closed) {
        server.evict(allocation, house.nanos());
      }
    });
  }

  // ---- connections

  StreamTable streams() {
    return streams;
  }

  /** A whole frame of a connection. */
  void frame(StreamClient client, MemorySegment from, long offset, int length) {
    int verdict =
        server.fromClient(
            client.high(),
            client.low(),
            client.port(),
            client.link(),
            from,
            offset,
            length,
            house.nanos());
    if (verdict != TurnServer.DONE) {
      carry(verdict, from, server.payloadOffset(), server.payloadLength());
    }
  }

  /** To be called after the frames of one read. */
  void framesEnd() {
    settle();
  }

  void streamClosed(StreamClient client) {
    if (!closed) {
      server.streamClosed(client.high(), client.low(), client.port(), client.link(), house.nanos());
      settle();
    }
  }

  RelayHouse house() {
    return house;
  }

  Shard shard() {
    return shard;
  }

  Arena arena() {
    return arena;
  }

  // ---- the end

  void usePolicy(PeerPolicy policy) {
    shard.execute(() -> {
      if (!closed) {
        server.usePolicy(policy, house.nanos());
      }
    });
  }

  /** Ends everything; on the loop's thread. */
  void close() {
    if (closed) {
      return;
    }
    watches.forEach(Shard.Watch::close);
    streams.close();
    server.close();
    closed = true;
    for (int i = 0; i < relayed.length; i++) {
      closeRelay(i);
    }
    if (parcel != null) {
      parcel.close();
      parcel = null;
    }
  }

  /** Frees the memory, once nothing runs any more. */
  void free() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  // ---- what others read

  RelayCounters counters() {
    return counters;
  }

  TurnServer server() {
    return server;
  }

  int number() {
    return number;
  }

  int relayedSockets() {
    return relayedCount.get();
  }

  boolean sendsTrains() {
    return writer.sendsTrains();
  }
}
