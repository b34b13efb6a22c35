package dev.gatehouse.client.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.SecretKey;
import dev.gatehouse.api.packet.DropCounters;
import dev.gatehouse.api.packet.DropReason;
import dev.gatehouse.api.packet.Lane;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.packet.PacketBatch;
import dev.gatehouse.api.packet.PacketLane;
import dev.gatehouse.api.spi.PeerSettings;
import dev.gatehouse.api.spi.Plugin;
import dev.gatehouse.api.spi.PluginContext;
import dev.gatehouse.api.spi.Rehearsal;
import dev.gatehouse.api.spi.Shard;
import dev.gatehouse.client.ClientConfig;
import dev.gatehouse.client.core.AllowedIps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The client role: packets for the networks behind the gateway go into the tunnel, and packets that
 * come out of it are taken only if they come from there. It grants nothing; the gateway decides.
 */
public final class ClientStage implements Plugin {

  /** The one peer. */
  private static final int GATEWAY = 0;

  /** What the gateway is called in events: a client names its peer, too. */
  private static final ClientId GATEWAY_ID = new ClientId("gateway");

  private static final Set<PosixFilePermission> TOO_OPEN =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final ClientConfig config;
  private final PluginContext context;
  private final AllowedIps allowed;
  private final List<Shard.Watch> watches = new ArrayList<>();
  private final DropCounters drops = new DropCounters();

  /** Opens nothing yet. */
  public ClientStage(ClientConfig config, PluginContext context) {
    this.config = config;
    this.context = context;
    this.allowed = new AllowedIps(config.allowedIps());
  }

  @Override
  public void start() {
    attach(context.shards().getFirst());
    var presharedKey = config.presharedKeyFile().map(ClientStage::readKey);
    try {
      context
          .tunnel()
          .putPeer(
              new PeerSettings(
                  GATEWAY,
                  GATEWAY_ID,
                  config.gatewayPublicKey(),
                  presharedKey,
                  Optional.of(config.gatewayEndpoint()),
                  config.persistentKeepalive()))
          .await();
    } finally {
      presharedKey.ifPresent(SecretKey::close);
    }
  }

  /** Begins to pass packets on. */
  void attach(Shard shard) {
    var toTunnel = shard.lane(Lane.TO_TUNNEL);
    var toTun = shard.lane(Lane.TO_TUN);
    watches.add(shard.consume(Lane.FROM_TUNNEL, batch -> fromGateway(batch, toTun)));
    watches.add(shard.consume(Lane.FROM_TUN, batch -> toGateway(batch, toTunnel)));
  }

  @Override
  public Optional<Rehearsal> rehearsal(Shard shard) {
    var madeUp =
        new ClientConfig(
            config.gatewayPublicKey(),
            config.gatewayEndpoint(),
            Optional.empty(),
            List.of(Cidr.of(IpAddress.v4(MadeUpPackets.UP.destination()))),
            Optional.empty());
    return Optional.of(new ClientRehearsal(new ClientStage(madeUp, context), shard));
  }

  private void toGateway(PacketBatch batch, PacketLane lane) {
    int kept = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (allowed.hasDestination(batch.slab(), batch.offset(i), batch.length(i))) {
        batch.peer(i, GATEWAY);
        kept++;
      } else if (batch.length(i) > 0) {
        batch.drop(i, DropReason.NO_PEER, drops);
      }
    }
    passOn(batch, kept, lane);
  }

  private void fromGateway(PacketBatch batch, PacketLane lane) {
    int kept = 0;
    for (int i = 0; i < batch.size(); i++) {
      if (allowed.hasSource(batch.slab(), batch.offset(i), batch.length(i))) {
        kept++;
      } else if (batch.length(i) > 0) {
        batch.drop(i, DropReason.SPOOFED_SOURCE, drops);
      }
    }
    passOn(batch, kept, lane);
  }

  private void passOn(PacketBatch batch, int kept, PacketLane lane) {
    if (kept > 0 && lane.offer(batch)) {
      return;
    }
    drops.count(DropReason.LANE_FULL, kept);
    batch.close();
  }

  private static SecretKey readKey(Path file) {
    try {
      if (Files.getFileStore(file).supportsFileAttributeView("posix")
          && Files.getPosixFilePermissions(file).stream().anyMatch(TOO_OPEN::contains)) {
        throw new GatehouseException(
            StandardErrorCode.KEY_UNREADABLE,
            "Others can read the pre-shared key file " + file + ".",
            "Run 'chmod 600 " + file + "'.");
      }
      var text = Files.readAllBytes(file);
      try {
        return SecretKey.parse(text);
      } finally {
        Arrays.fill(text, (byte) 0);
      }
    } catch (IOException e) {
      throw new GatehouseException(
          StandardErrorCode.KEY_UNREADABLE,
          "The pre-shared key file " + file + " cannot be read.",
          "Check that preshared-key-file in [client] names a file this user can read.",
          e);
    }
  }

  @Override
  public void stop() {
    watches.reversed().forEach(Shard.Watch::close);
    watches.clear();
  }

  @Override
  public void close() {
    stop();
  }

  @Override
  public Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("gateway", config.gatewayEndpoint().toString());
    status.put("allowed-ips", config.allowedIps().stream().map(Object::toString).toList());
    status.put("drops", DropCounters.byReason(Stream.of(drops)));
    return status;
  }
}
