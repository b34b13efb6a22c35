package dev.gatehouse.launcher.shard;

import dev.gatehouse.api.event.Events;
import dev.gatehouse.api.event.GatewayEvent;
import dev.gatehouse.api.packet.Lane;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.tracing.TracingPolicy;

/**
 * One gateway's part of an event bus that several gateways may share: its number among them, its
 * addresses, and a codec that hands objects over by reference and never to another process.
 *
 * <p>Lanes are always numbered. Events of the first gateway on a Vert.x have the documented
 * addresses; those of later ones have their number in it.
 */
public final class BusScope implements AutoCloseable {

  private final Vertx vertx;
  private final int instance;
  private final String codec;
  private final DeliveryOptions delivery;

  private BusScope(Vertx vertx, int instance) {
    this.vertx = vertx;
    this.instance = instance;
    this.codec = "gatehouse." + instance + ".reference";
    this.delivery =
        new DeliveryOptions()
            .setLocalOnly(true)
            .setCodecName(codec)
            .setTracingPolicy(TracingPolicy.IGNORE);
  }

  /** Takes the next number of this Vert.x. */
  public static BusScope open(Vertx vertx) {
    var numbers = vertx.sharedData().<String, Integer>getLocalMap("gatehouse");
    var scope = new BusScope(vertx, numbers.merge("instances", 1, Integer::sum));
    vertx.eventBus().registerCodec(new ReferenceCodec(scope.codec));
    return scope;
  }

  /** 1 for the first gateway on this Vert.x. */
  public int instance() {
    return instance;
  }

  Vertx vertx() {
    return vertx;
  }

  DeliveryOptions delivery() {
    return delivery;
  }

  String address(int shard, Lane lane) {
    return "gatehouse.lane." + instance + "." + shard + "." + lane.label();
  }

  String address(Class<? extends GatewayEvent> type) {
    var address = Events.address(type);
    return instance == 1 ? address : address.replaceFirst("gatehouse", "gatehouse." + instance);
  }

  /** Forgets the codec. Nothing is delivered in this scope afterwards. */
  @Override
  public void close() {
    vertx.eventBus().unregisterCodec(codec);
  }

  private record ReferenceCodec(String name) implements MessageCodec<Object, Object> {

    @Override
    public void encodeToWire(Buffer buffer, Object body) {
      throw new UnsupportedOperationException("delivered by reference only");
    }

    @Override
    public Object decodeFromWire(int position, Buffer buffer) {
      throw new UnsupportedOperationException("delivered by reference only");
    }

    @Override
    public Object transform(Object body) {
      return body;
    }

    @Override
    public byte systemCodecID() {
      return -1;
    }
  }
}
