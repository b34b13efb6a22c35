package dev.gatehouse.dist.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/** A TCP stream by iperf3 that is under way. Its server must run. */
final class Transfer {

  /** Of the line {@code [ 5] 0.00-0.50 sec 1.25 MBytes 21.0 Mbits/sec 0 300 KBytes}. */
  private static final Pattern INTERVAL =
      Pattern.compile("\\]\\s+([0-9.]+)-([0-9.]+)\\s+sec\\s+([0-9.]+) [KMG]?Bytes");

  private final Background client;
  private final int seconds;

  private Transfer(Background client, int seconds) {
    this.client = client;
    this.seconds = seconds;
  }

  /** Begins to send; with {@code -R} among the options, to receive. */
  static Transfer start(Namespace from, String to, int seconds, String... options) {
    var command =
        new ArrayList<>(
            List.of("iperf3", "--forceflush", "-f", "m", "-i", "0.5", "-t", "" + seconds));
    command.addAll(List.of("--connect-timeout", "5000", "--client", to));
    command.addAll(List.of(options));
    var started = from.start("sh", "-c", "LC_ALL=C exec " + String.join(" ", command) + " 2>&1");
    started.awaitLine("connected to", Duration.ofSeconds(20));
    return new Transfer(started, seconds);
  }

  /** Waits until the stream has run for about so long, in seconds. */
  Transfer hasRunFor(double time) {
    Await.until(
        time + " s of a transfer",
        Duration.ofSeconds(30),
        () -> client.lines().stream().anyMatch(line -> endOf(line) > time - 0.1),
        client::output);
    return this;
  }

  private static double endOf(String line) {
    var found = INTERVAL.matcher(line);
    return found.find() ? Double.parseDouble(Objects.requireNonNull(found.group(2))) : 0;
  }

  /**
   * Waits for its end and for its good result.
   *
   * @param longestGap how long nothing may have moved, in seconds
   */
  void succeeds(double longestGap) {
    assertThat(client.awaitExit(Duration.ofSeconds(seconds + 30L))).as(client.output()).isZero();
    if (Boolean.getBoolean("gatehouse.interop.verbose")) {
      client.lines().forEach(System.out::println);
    }
    double gap = 0;
    double longest = 0;
    for (var line : client.lines()) {
      var found = INTERVAL.matcher(line);
      if (found.find() && !line.endsWith("sender") && !line.endsWith("receiver")) {
        double from = Double.parseDouble(Objects.requireNonNull(found.group(1)));
        double to = Double.parseDouble(Objects.requireNonNull(found.group(2)));
        gap = Double.parseDouble(Objects.requireNonNull(found.group(3))) > 0 ? 0 : gap + to - from;
        longest = Math.max(longest, gap);
      }
    }
    assertThat(longest).as(client.output()).isLessThanOrEqualTo(longestGap);
    var summary = INTERVAL.matcher(client.line("receiver$").orElseThrow());
    assertThat(summary.find()).as(client.output()).isTrue();
    assertThat(Double.parseDouble(Objects.requireNonNull(summary.group(3)))).isPositive();
  }
}
