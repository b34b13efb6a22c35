package dev.gatehouse.dist.journey;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A flow of constant rate from the site's client to its resource, made by iperf3 and measured where
 * it arrives, four times a second. {@link #mark} is called when something begins and when it ends;
 * what came before is what the rest is compared with.
 */
final class Flow implements AutoCloseable {

  private static final int PER_SECOND = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern REPORT =
      Pattern.compile("\\s[0-9.]+-[0-9.]+\\s+sec\\s.*?\\s([0-9.]+) Mbits/sec");

  /** Beginning is slow, and is not measured. */
  private static final int WARM_UP = 2 * PER_SECOND;

  private final Background server;
  private final Background client;
  private final List<Integer> marks = new ArrayList<>();

  private Flow(Background server, Background client) {
    this.server = server;
    this.client = client;
  }

  /** Starts a flow that goes on for the given seconds and a minute. */
  static Flow start(Site site, String host, int port, int seconds, String... how) {
    var number = Integer.toString(port);
    var interval = Double.toString(1.0 / PER_SECOND);
    var server =
        site.resource.start(
            "iperf3", "-s", "-p", number, "-i", interval, "-f", "m", "--forceflush", "--one-off");
    server.awaitLine("Server listening", PATIENCE);
    var command = new ArrayList<>(List.of("iperf3", "-c", host, "-p", number));
    command.addAll(List.of("-t", Integer.toString(seconds + 60)));
    command.addAll(List.of(how));
    return new Flow(server, site.client.start(command.toArray(String[]::new)));
  }

  /** Waits until so many seconds more were measured. */
  void awaitSeconds(int seconds) {
    int until = server.lines().size() + seconds * PER_SECOND;
    Await.until("the flow", PATIENCE, () -> server.lines().size() >= until, server::output);
  }

  /** Now something begins, or ends. */
  void mark() {
    marks.add(rates().size());
  }

  /** What arrived between the marks, as a part of what arrived before. */
  double kept() {
    return mean(marks.get(0), marks.get(1)) / before();
  }

  /**
   * What arrives later than two seconds after the second mark, as a part of what arrived before.
   */
  double recovered() {
    return mean(marks.get(1) + 2 * PER_SECOND, rates().size()) / before();
  }

  private double before() {
    return mean(WARM_UP, marks.get(0));
  }

  private double mean(int from, int to) {
    return rates().subList(from, to).stream().mapToDouble(rate -> rate).average().orElse(0);
  }

  /** Prints what was measured. */
  void report(String name) {
    var between = rates().subList(marks.get(0), marks.get(1));
    System.out.printf(
        Locale.ROOT,
        "attack: %s %.1f Mbit/s before, %.1f %% of it during, worst quarter of a second %.1f"
            + " Mbit/s, %.1f %% later than two seconds after%n",
        name,
        before(),
        100 * kept(),
        between.stream().mapToDouble(rate -> rate).min().orElse(0),
        100 * recovered());
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }

  private List<Double> rates() {
    return server.lines().stream()
        .map(REPORT::matcher)
        .filter(Matcher::find)
        .map(found -> Double.parseDouble(found.group(1)))
        .toList();
  }
}
