package dev.gatehouse.store.postgres.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * Stands between a store and its server: passes everything on, or swallows it without a word as a
 * firewall does, or cuts connections, at once or when something particular is about to be said.
 */
final class TcpProxy implements AutoCloseable {

  /** What becomes of what a client sends. */
  enum Fate {
    /** Cut both connections before the server hears of it. */
    CUT_BEFORE,
    /** Let the server hear it, and cut before the client hears the answer. */
    CUT_AFTER
  }

  private record Pair(Socket client, Socket server) {
    void close() {
      closeQuietly(client);
      closeQuietly(server);
    }
  }

  private final ServerSocket listener;
  private final int target;
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition opened = lock.newCondition();
  private boolean blackhole;
  private volatile boolean refusing;
  private volatile Predicate<byte[]> trigger = bytes -> false;
  private volatile Fate fate = Fate.CUT_BEFORE;
  private volatile Runnable whenFired = () -> {};
  private final AtomicInteger fired = new AtomicInteger();

  TcpProxy(int target) {
    this.target = target;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("proxy").start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** While on, nothing passes in either direction, and nobody is told. */
  void blackhole(boolean on) {
    lock.lock();
    try {
      blackhole = on;
      opened.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** While on, connections are closed as soon as they are made; those that exist are cut. */
  void refuse(boolean on) {
    refusing = on;
    if (on) {
      cut();
    }
  }

  /** From now on connections are closed as soon as they are made. */
  void refuseNew() {
    refusing = true;
  }

  /** Cuts every connection. */
  void cut() {
    pairs.forEach(Pair::close);
    pairs.clear();
  }

  /**
   * After a client has sent something with this text, which passes, this becomes of the next thing
   * it sends on the same connection; once.
   */
  void afterText(String text, Fate becomes, Runnable then) {
    var wanted = text.getBytes(StandardCharsets.UTF_8);
    fired.set(0);
    fate = becomes;
    whenFired = then;
    trigger = bytes -> contains(bytes, wanted);
  }

  private static boolean contains(byte[] bytes, byte[] wanted) {
    for (int i = 0; i + wanted.length <= bytes.length; i++) {
      if (Arrays.equals(bytes, i, i + wanted.length, wanted, 0, wanted.length)) {
        return true;
      }
    }
    return false;
  }

  /** How often that has happened. */
  int fired() {
    return fired.get();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        var client = listener.accept();
        if (refusing) {
          closeQuietly(client);
          continue;
        }
        Thread.ofVirtual().name("proxy-connect").start(() -> connect(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    try {
      awaitOpen();
      var server = new Socket(InetAddress.getLoopbackAddress(), target);
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
      var pair = new Pair(client, server);
      pairs.add(pair);
      Thread.ofVirtual().name("proxy-up").start(() -> pump(pair, true));
      Thread.ofVirtual().name("proxy-down").start(() -> pump(pair, false));
    } catch (IOException e) {
      closeQuietly(client);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitOpen() throws InterruptedException {
    lock.lock();
    try {
      while (blackhole) {
        opened.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void pump(Pair pair, boolean up) {
    try {
      InputStream in = (up ? pair.client() : pair.server()).getInputStream();
      OutputStream out = (up ? pair.server() : pair.client()).getOutputStream();
      var buffer = new byte[65_536];
      boolean armed = false;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        awaitOpen();
        var bytes = Arrays.copyOf(buffer, n);
        if (up && armed) {
          armed = false;
          fired.incrementAndGet();
          whenFired.run();
          if (fate == Fate.CUT_AFTER) {
            // The server hears it and answers, but nobody hears the answer.
            closeQuietly(pair.client());
            out.write(bytes);
            out.flush();
            pair.server().shutdownOutput();
            pair.server().getInputStream().transferTo(OutputStream.nullOutputStream());
          }
          return;
        }
        if (up && trigger.test(bytes)) {
          trigger = any -> false;
          armed = true;
        }
        out.write(bytes);
        out.flush();
      }
    } catch (IOException e) {
      // One side has closed; the other follows.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      pair.close();
      pairs.remove(pair);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed either way.
    }
  }

  @Override
  public void close() {
    closeQuietly();
    blackhole(false);
    cut();
  }

  private void closeQuietly() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
