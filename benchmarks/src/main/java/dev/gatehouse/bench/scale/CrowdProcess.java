package dev.gatehouse.bench.scale;

import dev.gatehouse.testkit.lab.Namespace;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;

/** The program {@link Crowd} in a namespace. */
final class CrowdProcess implements AutoCloseable {

  private final Process process;
  private final BufferedWriter to;
  private final BufferedReader from;

  CrowdProcess(Namespace machine, String endpoint, String gatewayKey, Estate estate)
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
                Crowd.class.getName(),
                endpoint,
                gatewayKey,
                Estate.TARGET)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    to = process.outputWriter();
    from = process.inputReader();
    for (int i = 0; i < estate.active(); i++) {
      tell(Base64.getEncoder().encodeToString(estate.privateKey(i)) + " " + Estate.address(i));
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

  /** Connects everybody; how many are. */
  int connect() throws IOException {
    tell("connect");
    return Integer.parseInt(expect("connected"));
  }

  /** Gives everybody new keys; how many have them. */
  int renew() throws IOException {
    tell("renew");
    return Integer.parseInt(expect("renewed"));
  }

  /** Nobody says more than keepalives for so long. */
  void idle(int seconds) throws IOException {
    tell("idle " + seconds);
    expect("idled");
  }

  /** The first so many send packets in turn; how many packets. */
  long send(int members, int bursts) throws IOException {
    tell("send " + members + " " + bursts);
    return Long.parseLong(expect("sent"));
  }

  @Override
  public void close() {
    process.destroy();
  }
}
