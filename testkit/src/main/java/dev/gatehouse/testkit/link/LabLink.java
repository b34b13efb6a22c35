package dev.gatehouse.testkit.link;

import dev.gatehouse.testkit.lab.Await;
import dev.gatehouse.testkit.lab.Background;
import dev.gatehouse.testkit.lab.Namespace;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A {@link LinkProgram} in a machine of the lab. Ends with the lab at the latest.
 *
 * <pre>{@code
 * lab.cable(client, List.of("192.0.2.2/24"), middle, List.of("192.0.2.1/24"));
 * lab.cable(middle, List.of("198.51.100.2/24"), gateway, List.of("198.51.100.1/24"));
 * var link = LabLink.start(middle, "192.0.2.1:51820", "198.51.100.1:51820", Impairments.awful(), 1);
 * link.blackout();
 * link.mend();
 * }</pre>
 *
 * @since 0.1.0
 */
public final class LabLink {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Background program;
  private long answers;

  private LabLink(Background program) {
    this.program = program;
  }

  /**
   * Starts it with the same impairments in both directions.
   *
   * @param machine where it runs
   * @param listen {@code address:port} of that machine, where senders find it
   * @param target {@code address:port} to which their datagrams go
   */
  public static LabLink start(
      Namespace machine, String listen, String target, Impairments impairments, long seed) {
    var program =
        machine.start(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            LinkProgram.class.getName(),
            listen,
            target,
            Long.toString(seed),
            impairments.toString());
    program.awaitLine("link ready", PATIENCE);
    return new LabLink(program);
  }

  /** Cuts it in both directions; what is on its way is lost. */
  public void blackout() {
    ask("blackout");
  }

  /** Mends what {@link #blackout} has cut. */
  public void mend() {
    ask("mend");
  }

  /** Other impairments, in both directions. */
  public void impair(Impairments impairments) {
    ask("impair " + impairments);
  }

  /** What became of datagrams so far, as one line for people. */
  public String counters() {
    return ask("counters");
  }

  private String ask(String order) {
    program.say(order);
    answers++;
    Await.until(
        "the link's answer",
        PATIENCE,
        () -> program.count("^(done|unknown)") >= answers,
        program::output);
    var last = program.lines().getLast();
    if (!last.startsWith("done")) {
      throw new AssertionError(program.output());
    }
    return last;
  }
}
