package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A stage that can say what it would do with a packet of a client right now, and why. A plugin that
 * judges packets implements it beside {@link Plugin}; whoever wants to ask looks for it among
 * {@link PluginContext#plugins()}.
 *
 * @since 0.1.0
 */
public interface PolicyExplainer {

  /**
   * Judges an imagined packet by the same code that judges real ones. Any thread; not for the
   * packet path.
   */
  Explanation explain(Question question);

  /**
   * What is asked.
   *
   * @param client who sends
   * @param destination where to
   * @param protocol the IP protocol: 6 for TCP, 17 for UDP, 1 for ICMP and ICMPv6, or any other
   * @param port the destination port, 0 to 65535; of no meaning unless TCP or UDP
   */
  record Question(ClientId client, IpAddress destination, int protocol, int port) {}

  /**
   * What would happen.
   *
   * @param allowed whether the packet would go on
   * @param verdict a short stable name, for example {@code allowed} or {@code filtered}
   * @param resource the resource whose authorization decides; empty if none does
   * @param until when that authorization expires; empty if it does not, or if none decides
   * @param reason one sentence for people
   * @param considered every authorization that covers the destination, in the order of preference,
   *     one line each
   */
  record Explanation(
      boolean allowed,
      String verdict,
      Optional<ResourceId> resource,
      Optional<Instant> until,
      String reason,
      List<String> considered) {

    /** Copies the list. */
    public Explanation {
      considered = List.copyOf(considered);
    }
  }
}
