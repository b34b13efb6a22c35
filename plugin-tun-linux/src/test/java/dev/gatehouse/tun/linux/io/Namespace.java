package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.tun.linux.abi.CLibrary;
import dev.gatehouse.tun.linux.abi.TestLibC;
import dev.gatehouse.tun.linux.core.RouteMessages;
import dev.gatehouse.tun.linux.core.RouteReply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A network namespace of a thread's own, which goes with the thread and its descriptors. */
final class Namespace implements AutoCloseable {

  private static final int CLONE_NEWNET = 0x40000000;

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory());

  private Namespace() {}

  /** What runs inside. */
  interface Body {
    void run() throws Exception;
  }

  /** A new, empty namespace with its loopback up; skips the test without the right to make one. */
  static Namespace open() throws Exception {
    assumeTrue(TestLibC.INSTANCE.geteuid() == 0, "needs root to make a network namespace");
    assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    var namespace = new Namespace();
    boolean entered =
        namespace.call(
            () -> TestLibC.INSTANCE.unshare(CLONE_NEWNET) == 0 && setLoopbackUp().errno() == 0);
    assumeTrue(entered, "cannot make a network namespace");
    return namespace;
  }

  /** Runs a test in a namespace of its own. */
  static void run(Body body) throws Exception {
    try (var namespace = open()) {
      namespace.call(() -> {
        body.run();
        return true;
      });
    }
  }

  /** Runs something inside; sockets and devices it makes stay inside whoever uses them later. */
  <T> T call(Callable<T> task) throws Exception {
    try {
      return thread.submit(task).get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Error error -> throw error;
        case Exception exception -> throw exception;
        case null, default -> throw new AssertionError(e);
      }
    }
  }

  /** What the kernel says of an interface of the calling thread's namespace. */
  static RouteReply link(String name) {
    try (var netlink = Netlink.open(CLibrary.load())) {
      return netlink.ask((out, sequence) -> RouteMessages.findLink(out, sequence, name));
    }
  }

  private static RouteReply setLoopbackUp() {
    try (var netlink = Netlink.open(CLibrary.load())) {
      var reply = netlink.ask((out, sequence) -> RouteMessages.setUp(out, sequence, 1));
      assertThat(reply.errno()).isZero();
      return reply;
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
