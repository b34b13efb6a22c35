package dev.gatehouse.api.spi;

import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.model.ResourceId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A stage that knows which flows go through it, and which went through it lately. A plugin that
 * judges packets implements it beside {@link Plugin}; whoever wants to ask looks for it among
 * {@link PluginContext#plugins()}.
 *
 * @since 0.1.0
 */
public interface FlowMonitor {

  /**
   * Flows that fit, those under way first, then the others, newest first. Any thread but an event
   * loop, for it waits.
   *
   * @throws InterruptedException if the thread was interrupted
   */
  View flows(Query query) throws InterruptedException;

  /**
   * Which flows are wanted.
   *
   * @param client whose; empty for everybody's
   * @param resource by which resource; empty for all and none
   * @param deniedOnly whether only refused ones are
   * @param liveOnly whether only those under way are
   * @param most how many at most
   */
  record Query(
      Optional<ClientId> client,
      Optional<ResourceId> resource,
      boolean deniedOnly,
      boolean liveOnly,
      int most) {}

  /**
   * What was found.
   *
   * @param flows the flows
   * @param more whether there were more than wanted
   */
  record View(List<Flow> flows, boolean more) {

    /** Copies the list. */
    public View {
      flows = List.copyOf(flows);
    }
  }

  /**
   * A flow: what a client exchanges with one port of one address.
   *
   * @param live whether it is under way
   * @param start the first packet
   * @param last the last packet so far
   * @param verdict {@code allowed} or why not, by the names of {@link PolicyExplainer}
   * @param client whose
   * @param resource the resource that decided; empty if none did
   * @param rule the filter that permits it; empty if none does
   * @param protocol {@code tcp}, {@code udp}, {@code icmp} or the number
   * @param fromClient whether the client sent the first packet
   * @param clientAddress the client's address inside the tunnel
   * @param clientPort its port or echo identifier; 0 where there is none
   * @param remoteAddress where to, as the client sees it
   * @param remotePort the port there
   * @param domain the DNS name behind that address; empty if there is none
   * @param translatedAddress the address behind it; empty if it is the same
   * @param sentPackets packets of the client
   * @param sentBytes their bytes
   * @param receivedPackets packets to the client
   * @param receivedBytes their bytes
   */
  record Flow(
      boolean live,
      Instant start,
      Instant last,
      String verdict,
      ClientId client,
      Optional<ResourceId> resource,
      Optional<String> rule,
      String protocol,
      boolean fromClient,
      IpAddress clientAddress,
      int clientPort,
      IpAddress remoteAddress,
      int remotePort,
      Optional<String> domain,
      Optional<IpAddress> translatedAddress,
      long sentPackets,
      long sentBytes,
      long receivedPackets,
      long receivedBytes) {}
}
