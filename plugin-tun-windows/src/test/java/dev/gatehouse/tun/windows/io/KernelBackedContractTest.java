package dev.gatehouse.tun.windows.io;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.testkit.tun.SocketHost;
import dev.gatehouse.testkit.tun.TunHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;

/** The same plugin moves real packets: behind the stand-in's rings is a TUN device of Linux. */
@Tag("kernel")
class KernelBackedContractTest extends StandInContract {

  private final ExecutorService namespace =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  @Override
  protected TunHost openHost() throws Exception {
    assumeTrue(Files.isWritable(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    boolean entered = call(() -> standIn.control.standin_unshare() == 0);
    assumeTrue(entered, "needs root to make a network namespace");
    call(() -> StandIn.run(List.of("ip", "link", "set", "lo", "up")));
    standIn.control.standin_backing(1);
    return new SocketHost(this::call);
  }

  /** Making a thousand interfaces takes the kernel a minute; the scripted rings have that many. */
  @Override
  protected int openings() {
    return Integer.getInteger("gatehouse.tun.openings", 100);
  }

  private <T> T call(Callable<T> task) throws Exception {
    try {
      return namespace.submit(task).get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw e;
      }
    }
  }

  @AfterEach
  void leaveTheNamespace() {
    namespace.close();
  }
}
