package dev.gatehouse.gateway.core;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Flows as files of a spool that others upload: one file when a flow begins and one when it has
 * ended, each with its checksum, below a directory per authorization.
 */
public final class SpoolRecord {

  private static final DateTimeFormatter MOMENT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_STEP = 0x100000001b3L;

  private final long originNanos;
  private final Instant origin;

  /**
   * Records whose moments are counted from one on, so that both files of a flow agree.
   *
   * @param originNanos the monotonic clock
   * @param origin the wall clock at the same moment
   */
  public SpoolRecord(long originNanos, Instant origin) {
    this.originNanos = originNanos;
    this.origin = origin;
  }

  /** Whether the spool takes a flow: it is about allowed TCP and UDP. */
  public static boolean takes(FlowRecord flow) {
    return flow.verdict() == Verdict.ALLOWED
        && flow.resource() != null
        && (flow.protocol() == IpPacket.TCP || flow.protocol() == IpPacket.UDP);
  }

  /** The file's path below the spool's root. */
  public String path(FlowRecord flow, boolean ended) {
    var resource = flow.resource();
    return String.format(
        Locale.ROOT,
        "responder/%s~%s/%010d-%016x.%s.json",
        flow.client(),
        resource == null ? "" : resource.id(),
        moment(flow.startNanos()).getEpochSecond(),
        identity(flow),
        ended ? "end" : "start");
  }

  /** The file's content, on one line. Keys are sorted. */
  public String content(FlowRecord flow, boolean ended) {
    var payload = new JsonObject();
    payload.put("domain", flow.domain());
    if (ended) {
      payload.put("flow_end", MOMENT.format(moment(flow.lastNanos())));
    }
    payload.put("flow_start", MOMENT.format(moment(flow.startNanos())));
    var destination = flow.real() == null ? flow.remote() : flow.real();
    payload.put("inner_dst_ip", destination.toString()).put("inner_dst_port", flow.remotePort());
    payload.put("inner_src_ip", flow.clientAddress().toString());
    payload.put("inner_src_port", flow.clientPort());
    if (ended) {
      payload.put("last_packet", MOMENT.format(moment(flow.lastNanos())));
    }
    payload.put("outers", new JsonArray()).put("protocol", flow.protocolName());
    if (ended) {
      payload.put("rx_bytes", flow.receivedBytes()).put("rx_packets", flow.receivedPackets());
      payload.put("tx_bytes", flow.sentBytes()).put("tx_packets", flow.sentPackets());
    }
    var text = payload.encode();
    var checksum = new CRC32();
    checksum.update(text.getBytes(StandardCharsets.UTF_8));
    return "{\"checksum\":" + checksum.getValue() + ",\"payload\":" + text + "}";
  }

  private Instant moment(long nanos) {
    return origin.plusNanos(nanos - originNanos);
  }

  private static long identity(FlowRecord flow) {
    var text =
        String.join(
            " ",
            flow.client().value(),
            flow.clientAddress().toString(),
            Integer.toString(flow.clientPort()),
            flow.remote().toString(),
            Integer.toString(flow.remotePort()),
            Integer.toString(flow.protocol()),
            Long.toString(flow.startNanos()));
    long hash = FNV_START;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * FNV_STEP;
    }
    return hash;
  }
}
