package dev.gatehouse.tun.linux.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.gatehouse.tun.linux.abi.CLibrary;
import dev.gatehouse.tun.linux.abi.TestLibC;
import dev.gatehouse.tun.linux.core.RouteMessages;
import dev.gatehouse.tun.linux.core.RouteReply;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

/** A network namespace of a thread's own, which goes with the thread and its descriptors. */
final class Namespace {

  private static final int CLONE_NEWNET = 0x40000000;

  private Namespace() {}

  /** What runs inside. */
  interface Body {
    void run() throws Exception;
  }

  /** Runs a test in a new, empty namespace with its loopback up; skips it without the right. */
  static void run(Body body) throws Exception {
    assumeTrue(TestLibC.INSTANCE.geteuid() == 0, "needs root to make a network namespace");
    assumeTrue(Files.exists(Path.of("/dev/net/tun")), "needs /dev/net/tun");
    var failure = new AtomicReference<Throwable>();
    var thread =
        Thread.ofPlatform()
            .start(() -> {
              try {
                enter();
                body.run();
              } catch (Throwable e) {
                failure.set(e);
              }
            });
    thread.join();
    switch (failure.get()) {
      case null -> {}
      case Error error -> throw error;
      case Exception exception -> throw exception;
      case Throwable other -> throw new AssertionError(other);
    }
  }

  /** What the kernel says of an interface of the calling thread's namespace. */
  static RouteReply link(String name) {
    try (var netlink = Netlink.open(CLibrary.load())) {
      return netlink.ask((out, sequence) -> RouteMessages.findLink(out, sequence, name));
    }
  }

  private static void enter() {
    assumeTrue(TestLibC.INSTANCE.unshare(CLONE_NEWNET) == 0, "cannot make a network namespace");
    try (var netlink = Netlink.open(CLibrary.load())) {
      var reply = netlink.ask((out, sequence) -> RouteMessages.setUp(out, sequence, 1));
      assertThat(reply.errno()).isZero();
    }
  }
}
