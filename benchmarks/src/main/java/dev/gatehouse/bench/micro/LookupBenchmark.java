package dev.gatehouse.bench.micro;

import dev.gatehouse.api.model.Authorization;
import dev.gatehouse.api.model.AuthorizationKey;
import dev.gatehouse.api.model.Cidr;
import dev.gatehouse.api.model.Client;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.Destination;
import dev.gatehouse.api.model.Filter;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.PortRange;
import dev.gatehouse.api.model.PublicKey;
import dev.gatehouse.api.model.Resource;
import dev.gatehouse.api.model.ResourceId;
import dev.gatehouse.api.model.TunnelAddresses;
import dev.gatehouse.api.packet.MadeUpPackets;
import dev.gatehouse.api.packet.Octets;
import dev.gatehouse.api.store.StoreSnapshot;
import dev.gatehouse.gateway.core.ClientPolicy;
import dev.gatehouse.gateway.core.Decider;
import dev.gatehouse.gateway.core.IpPacket;
import dev.gatehouse.gateway.core.PolicyModel;
import dev.gatehouse.gateway.core.PolicyTable;
import dev.gatehouse.gateway.core.Verdict;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Finding a client by its address, and judging a packet, with many clients. Every client has one
 * address and may reach eight networks with a filter each.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LookupBenchmark {

  private static final int FIRST_CLIENT = 0x0a40_0001;
  private static final int NETWORKS = 8;
  private static final int STEP = 7919;

  /** How many clients there are. */
  @Param({"1", "1000", "10000"})
  public int clients;

  private final MemorySegment slab =
      Arena.ofAuto().allocate(256, 8).copyFrom(MemorySegment.ofArray(MadeUpPackets.UP.tcp(1, 64)));
  private final IpPacket packet = new IpPacket();
  private final Decider decider = new Decider();
  private @Nullable PolicyTable table;
  private int next;

  /** Made by JMH. */
  public LookupBenchmark() {}

  /** Fills the table. */
  @Setup
  public void fill() {
    var all = new ArrayList<Client>();
    var resources = new ArrayList<Resource>();
    var authorizations = new ArrayList<Authorization>();
    var filters = List.<Filter>of(new Filter.Tcp(new PortRange(443, 443)));
    for (int i = 0; i < NETWORKS; i++) {
      var network = new Destination.Network(Cidr.parse("198.51.%d.0/24".formatted(96 + i)));
      resources.add(new Resource(new ResourceId("r" + i), "r" + i, network, filters));
    }
    for (int i = 0; i < clients; i++) {
      var key = new byte[PublicKey.LENGTH];
      key[0] = (byte) i;
      key[1] = (byte) (i >>> 8);
      var id = new ClientId("c" + i);
      var addresses = TunnelAddresses.of(List.of(IpAddress.v4(FIRST_CLIENT + i)));
      all.add(new Client(id, "c" + i, PublicKey.of(key), Optional.empty(), addresses));
      for (var resource : resources) {
        authorizations.add(
            new Authorization(
                new AuthorizationKey(id, resource.id()),
                Instant.EPOCH,
                Optional.empty(),
                "benchmark"));
      }
    }
    var gateway = TunnelAddresses.of(List.of(IpAddress.parse("10.0.0.1")));
    var model =
        new PolicyModel(
            new PolicyTable.Surroundings(gateway, List.of(Cidr.parse("10.0.0.0/8"))), 0);
    model.reset(new StoreSnapshot(0, all, resources, authorizations), 0);
    table = model.compile();
  }

  private PolicyTable table() {
    return Objects.requireNonNull(table);
  }

  private int nextClient() {
    next = (next + STEP) % clients;
    return FIRST_CLIENT + next;
  }

  /** A client by its address, another one each time: the route lookup. */
  @Benchmark
  public @Nullable ClientPolicy route() {
    return table().byAddress(0, IpPacket.MAPPED | (nextClient() & 0xffff_ffffL));
  }

  /** A packet of another client each time: parsed, its client found, judged by the filters. */
  @Benchmark
  public Verdict decideAnotherFlow() {
    Octets.u32(slab, 12, nextClient());
    return decide();
  }

  /** A packet of the same flow each time. */
  @Benchmark
  public Verdict decideSameFlow() {
    Octets.u32(slab, 12, FIRST_CLIENT);
    return decide();
  }

  private Verdict decide() {
    if (!packet.parse(slab, 0, MadeUpPackets.TCP_HEADERS + 64, false)) {
      throw new IllegalStateException("malformed");
    }
    var client = table().byAddress(packet.sourceHigh(), packet.sourceLow());
    var verdict = decider.fromClient(table(), client, packet, 0, false);
    if (verdict != Verdict.ALLOWED) {
      throw new IllegalStateException(verdict.label());
    }
    return verdict;
  }
}
