package dev.gatehouse.relay.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Endpoint;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.Path;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.api.spi.Transport;
import dev.gatehouse.relay.UdpConfig;
import dev.gatehouse.relay.abi.CLibrary;
import dev.gatehouse.relay.abi.LibC;
import dev.gatehouse.relay.core.UdpPath;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The UDP transport: its sockets, read on the first shard, written on every shard. */
public final class UdpTransport implements Transport {

  private static final Logger LOG = LoggerFactory.getLogger(UdpTransport.class);
  private static final IpAddress ANY = IpAddress.v4(0);

  private final UdpConfig config;
  private final PluginContext context;
  private final List<UdpSocket> opened = new ArrayList<>();
  private volatile List<UdpSocket> sockets = List.of();
  private volatile List<UdpShard> shards = List.of();
  private final Arena arena = Arena.ofShared();
  private volatile boolean closed;

  /** Creates the transport; nothing is opened. */
  public UdpTransport(UdpConfig config, PluginContext context) {
    this.config = config;
    this.context = context;
  }

  @Override
  public void start() {
    var libc = library();
    for (var endpoint : config.listen()) {
      open(libc, endpoint);
    }
    sockets = List.copyOf(opened);
    var started = new ArrayList<UdpShard>();
    try {
      for (var shard : context.shards()) {
        var one = new UdpShard(SocketCalls.of(libc), shard, sockets, arena);
        started.add(one);
        shards = List.copyOf(started);
        one.start();
      }
    } catch (UnsupportedOperationException e) {
      throw new GatehouseException(
          StandardErrorCode.PLUGIN_UNSUPPORTED,
          "The transport 'udp' cannot watch its sockets.",
          String.valueOf(e.getMessage()),
          e);
    }
    LOG.atInfo().addKeyValue("listening", listening()).log("listening on UDP");
    tellOfSmallBuffers();
  }

  /** Smaller buffers work, but lose datagrams in bursts; whoever looks for the reason finds it. */
  private void tellOfSmallBuffers() {
    for (var socket : sockets) {
      if (socket.receiveBuffer() < config.receiveBuffer()
          || socket.sendBuffer() < config.sendBuffer()) {
        LOG.atInfo()
            .addKeyValue("receive-buffer", socket.receiveBuffer())
            .addKeyValue("send-buffer", socket.sendBuffer())
            .addKeyValue("settings", "net.core.rmem_max, net.core.wmem_max")
            .log("the kernel allows smaller socket buffers than configured");
        return;
      }
    }
  }

  private static LibC library() {
    try {
      return CLibrary.load();
    } catch (LinkageError e) {
      throw new GatehouseException(
          StandardErrorCode.PLUGIN_UNSUPPORTED,
          "The transport 'udp' cannot call the C library of this machine.",
          "Check that the temporary directory allows to run files from it, and that the plugin"
              + " directory is complete.",
          e);
    }
  }

  private void open(LibC libc, Endpoint endpoint) {
    try {
      opened.add(UdpSocket.open(libc, endpoint, UdpSocket.Options.of(config), opened.size()));
    } catch (UdpErrors.OpeningFailed e) {
      boolean tolerable = config.optionalIpv6() && !endpoint.address().isV4() && e.isAbsence();
      if (!tolerable) {
        throw e;
      }
      LOG.atDebug().addKeyValue("reason", e.problem()).log("going on without IPv6");
    }
  }

  @Override
  public Optional<Rehearsal> rehearsal(Shard shard) {
    return closed || shards.isEmpty()
        ? Optional.empty()
        : Optional.of(new UdpRehearsal(library(), shard, config.offload()));
  }

  @Override
  public void stop() {
    shards.forEach(UdpShard::stop);
  }

  @Override
  public void close() {
    stop();
    opened.forEach(UdpSocket::close);
    if (!closed) {
      closed = true;
      arena.close();
    }
  }

  @Override
  public List<Endpoint> listening() {
    return sockets.stream().map(UdpSocket::local).toList();
  }

  @Override
  public Path pathTo(Endpoint remote) {
    UdpSocket found = null;
    for (var socket : sockets) {
      if (socket.isV4() == remote.address().isV4()
          && (found == null || socket.local().address().isUnspecified())) {
        found = socket;
        if (socket.local().address().isUnspecified()) {
          break;
        }
      }
    }
    return new UdpPath(remote, ANY, 0, found == null ? -1 : found.index());
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    var current = sockets;
    status.put("listening", current.stream().map(socket -> socket.local().toString()).toList());
    status.put(
        "gso",
        !shards.isEmpty() && shards.stream().allMatch(shard -> shard.sender().sendsTrains()));
    status.put("gro", !current.isEmpty() && current.stream().allMatch(UdpSocket::gro));
    status.put(
        "receive-buffer", current.stream().mapToInt(UdpSocket::receiveBuffer).min().orElse(0));
    status.put("send-buffer", current.stream().mapToInt(UdpSocket::sendBuffer).min().orElse(0));
    status.put("datagrams-in", sum(Counters.Key.DATAGRAMS_IN));
    status.put("bytes-in", sum(Counters.Key.BYTES_IN));
    status.put("reads", sum(Counters.Key.READS));
    status.put("datagrams-out", sum(Counters.Key.DATAGRAMS_OUT));
    status.put("bytes-out", sum(Counters.Key.BYTES_OUT));
    status.put("writes", sum(Counters.Key.WRITES));
    status.put("waits", sum(Counters.Key.WAITS));
    status.put(
        "drops", DropCounters.byReason(shards.stream().map(shard -> shard.counters().drops)));
    return status;
  }

  private long sum(Counters.Key key) {
    return shards.stream().mapToLong(shard -> shard.counters().of(key)).sum();
  }

  /** The sockets' descriptors, for tests. */
  List<Integer> descriptors() {
    return sockets.stream().map(UdpSocket::descriptor).toList();
  }
}
