package dev.gatehouse.bench.handshake;

import dev.gatehouse.testkit.lab.Namespace;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/** The program {@link Callers}, running in a namespace and working when asked to. */
final class Clients implements AutoCloseable {

  private final Process process;
  private final BufferedWriter to;
  private final BufferedReader from;

  Clients(Namespace machine, String endpoint, String gatewayKey, List<byte[]> privateKeys)
      throws IOException {
    process =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                machine.name(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Callers.class.getName(),
                endpoint,
                gatewayKey)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    to = process.outputWriter();
    from = process.inputReader();
    for (var key : privateKeys) {
      tell(Base64.getEncoder().encodeToString(key));
    }
    tell("");
    expect("ready");
  }

  private void tell(String line) throws IOException {
    to.write(line + "\n");
    to.flush();
  }

  private String expect(String beginning) throws IOException {
    var line = from.readLine();
    if (line == null || !line.startsWith(beginning)) {
      throw new IOException("the clients said " + line + " in place of " + beginning);
    }
    return line.substring(beginning.length()).strip();
  }

  /** Lets them shake hands for so long; how often they did. */
  long work(int seconds) throws IOException {
    tell(Integer.toString(seconds));
    return Long.parseLong(expect("completed"));
  }

  @Override
  public void close() {
    process.destroy();
  }
}
