package dev.gatehouse.bench;

import dev.gatehouse.bench.allocation.AllocationBench;
import dev.gatehouse.bench.handshake.HandshakeBench;
import dev.gatehouse.bench.micro.MicroBench;
import dev.gatehouse.bench.relay.RelayBench;
import dev.gatehouse.bench.scale.ScaleBench;
import dev.gatehouse.bench.start.StartBench;
import dev.gatehouse.bench.store.StoreBench;
import dev.gatehouse.bench.tunnel.TunnelBench;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmarks by name; {@code ./bench --help} lists them. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures Gatehouse, beside a peer in the same run wherever there is one.",
    subcommands = {
      AllocationBench.class,
      HandshakeBench.class,
      MicroBench.class,
      RelayBench.class,
      ScaleBench.class,
      StartBench.class,
      StoreBench.class,
      TunnelBench.class
    })
public final class Main implements Callable<Integer> {

  private Main() {}

  /** Runs the benchmark named first. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public Integer call() {
    System.err.println("Which benchmark? Name one of these.");
    CommandLine.usage(this, System.err);
    return CommandLine.ExitCode.USAGE;
  }
}
