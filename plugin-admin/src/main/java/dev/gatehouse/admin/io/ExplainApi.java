package dev.gatehouse.admin.io;

import static dev.gatehouse.admin.io.Gateway.invalid;
import static dev.gatehouse.admin.io.Gateway.notFound;

import dev.gatehouse.admin.core.Reply;
import dev.gatehouse.admin.core.Request;
import dev.gatehouse.admin.core.Route;
import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.api.model.ClientId;
import dev.gatehouse.api.model.IpAddress;
import dev.gatehouse.api.spi.PolicyExplainer;
import dev.gatehouse.api.spi.PolicyExplainer.Question;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the policy would do with a packet, and why. */
final class ExplainApi {

  private static final Map<String, Integer> PROTOCOLS = Map.of("tcp", 6, "udp", 17, "icmp", 1);
  private static final Set<String> WITH_PORT = Set.of("tcp", "udp");

  private final Gateway gateway;

  ExplainApi(Gateway gateway) {
    this.gateway = gateway;
  }

  List<Route> routes() {
    return List.of(
        new Route(
            "GET",
            "/v1/explain",
            Set.of("client", "destination", "protocol", "port"),
            this::explain));
  }

  private Reply explain(Request request) {
    var question = question(request);
    var explainer = explainer();
    var silent = storeTrouble(question.client(), request.deadline());
    var explanation = explainer.explain(question);
    var answer = new LinkedHashMap<String, Object>();
    answer.put("allowed", explanation.allowed());
    answer.put("verdict", explanation.verdict());
    explanation.resource().ifPresent(resource -> answer.put("resource", resource.value()));
    explanation.until().ifPresent(until -> answer.put("until", until.toString()));
    answer.put("reason", explanation.reason());
    answer.put("considered", explanation.considered());
    silent.ifPresent(problem ->
        answer.put(
            "note",
            "The store does not answer, so this is by what the gateway knew last: " + problem));
    return Reply.ok(answer);
  }

  /**
   * Why the store cannot be asked, which keeps nobody from judging by what is known.
   *
   * @throws GatehouseException if there is no such client
   */
  private Optional<String> storeTrouble(ClientId client, Deadline deadline) {
    try {
      if (gateway.store().client(client, brief(deadline)).isEmpty()) {
        throw notFound("client", client, "client list");
      }
      return Optional.empty();
    } catch (GatehouseException e) {
      if (e.code() == StandardErrorCode.STORE_UNAVAILABLE
          || e.code() == StandardErrorCode.STORE_DEADLINE) {
        return Optional.of(e.problem());
      }
      throw e;
    }
  }

  /** Half of the time, so that some is left for the answer. */
  private Deadline brief(Deadline deadline) {
    var time = gateway.context().time();
    return Deadline.after(deadline.remaining(time).dividedBy(2), time);
  }

  private PolicyExplainer explainer() {
    return gateway.context().plugins().values().stream()
        .filter(PolicyExplainer.class::isInstance)
        .map(PolicyExplainer.class::cast)
        .findFirst()
        .orElseThrow(() ->
            new GatehouseException(
                StandardErrorCode.NOT_FOUND,
                "No plugin of this gateway explains its decisions.",
                "The stage 'policy' does; see 'gatehouse plugins'."));
  }

  private static Question question(Request request) {
    var client = new ClientId(required(request, "client"));
    var destination = IpAddress.parse(required(request, "destination"));
    var port = request.parameter("port").map(ExplainApi::port);
    var protocol = request.parameter("protocol").orElse(port.isPresent() ? "tcp" : "icmp");
    if (WITH_PORT.contains(protocol) != port.isPresent()) {
      throw invalid(
          "Protocol and port do not fit together.",
          "Give a port with tcp and udp, and none with other protocols.");
    }
    return new Question(client, destination, protocol(protocol), port.orElse(0));
  }

  private static String required(Request request, String name) {
    return request
        .parameter(name)
        .orElseThrow(
            () -> invalid("The parameter '" + name + "' is missing.", "Add it to the request."));
  }

  private static int port(String text) {
    return number(text, 65535)
        .orElseThrow(() -> invalid("The port is none.", "Give a number from 0 to 65535."));
  }

  private static int protocol(String text) {
    return Optional.ofNullable(PROTOCOLS.get(text))
        .or(() -> number(text, 255))
        .orElseThrow(
            () -> invalid("The protocol is none.", "Give tcp, udp, icmp or a number up to 255."));
  }

  private static Optional<Integer> number(String text, int largest) {
    return Optional.of(text)
        .filter(digits -> digits.matches("[0-9]{1,5}"))
        .map(Integer::valueOf)
        .filter(number -> number <= largest);
  }
}
