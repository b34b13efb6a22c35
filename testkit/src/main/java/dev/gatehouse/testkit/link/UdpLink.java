package dev.gatehouse.testkit.link;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A bad link between senders of UDP datagrams and one target. Senders write to {@link #address} and
 * the target sees each of them at a port of its own, as behind an address translation. One {@link
 * Link} for each direction is shared by all.
 *
 * <p>Works on a thread of its own. Its methods may be called by any thread; they take effect at
 * once, in the order of the calls. Deliveries are never early, and late by as much as the machine
 * is busy, some tens of microseconds on a quiet one.
 *
 * @since 0.1.0
 */
public final class UdpLink implements AutoCloseable {

  /** Senders beyond that are not served. */
  private static final int MAX_SENDERS = 4096;

  private static final int MAX_DATAGRAM = 65_535;
  private static final int BUFFER = 4 << 20;

  /** Datagrams read from one socket before others have their turn. */
  private static final int BURST = 64;

  /** From here on the selector's milliseconds are fine enough. */
  private static final long LONG = 2_000_000;

  private static final long SHORT = 100_000;

  private record Sender(SocketAddress address, DatagramChannel towardsTarget) {}

  private final InetSocketAddress target;
  private final Selector selector;
  private final DatagramChannel front;
  private final Link<Sender> up;
  private final Link<Sender> down;
  private final Map<SocketAddress, Sender> senders = new HashMap<>();
  private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_DATAGRAM);
  private final Thread thread;
  private volatile boolean closing;

  private UdpLink(
      InetSocketAddress listen,
      InetSocketAddress target,
      Impairments up,
      Impairments down,
      long seed)
      throws IOException {
    var random = new SplittableRandom(seed);
    this.target = target;
    this.up = new Link<>(up, random.split());
    this.down = new Link<>(down, random.split());
    selector = Selector.open();
    front = channel();
    front.bind(listen);
    front.register(selector, SelectionKey.OP_READ);
    thread = Thread.ofPlatform().daemon().name("bad link to " + target).unstarted(this::run);
  }

  /**
   * Opens a link.
   *
   * @param listen where senders find it; port 0 for any
   * @param target where their datagrams go
   * @param up what happens to datagrams for the target
   * @param down what happens to those from the target
   * @param seed decides every fate
   */
  public static UdpLink open(
      InetSocketAddress listen,
      InetSocketAddress target,
      Impairments up,
      Impairments down,
      long seed)
      throws IOException {
    var link = new UdpLink(listen, target, up, down, seed);
    link.thread.start();
    return link;
  }

  private static DatagramChannel channel() throws IOException {
    var channel = DatagramChannel.open();
    channel.configureBlocking(false);
    channel.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
    channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
    return channel;
  }

  /** Where senders find it. */
  public InetSocketAddress address() {
    try {
      return (InetSocketAddress) front.getLocalAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Other impairments, for datagrams that come from now on. */
  public void impair(Impairments towardsTarget, Impairments fromTarget) {
    order(() -> {
      up.impair(towardsTarget);
      down.impair(fromTarget);
    });
  }

  /** Cuts both directions, or mends them. */
  public void blackout(boolean cut) {
    order(() -> {
      up.blackout(cut);
      down.blackout(cut);
    });
  }

  /** What became of datagrams for the target. */
  public LinkCounters up() {
    return counters(up);
  }

  /** What became of datagrams from the target. */
  public LinkCounters down() {
    return counters(down);
  }

  private LinkCounters counters(Link<Sender> link) {
    var counters = new CompletableFuture<LinkCounters>();
    order(() -> counters.complete(link.counters()));
    return counters.join();
  }

  private void order(Runnable order) {
    var done = new CompletableFuture<Void>();
    orders.add(() -> {
      order.run();
      done.complete(null);
    });
    selector.wakeup();
    while (!done.isDone()) {
      if (!thread.isAlive()) {
        obey(); // it has ended: nobody else touches the links
      }
      LockSupport.parkNanos(SHORT);
    }
  }

  private synchronized void obey() {
    for (var order = orders.poll(); order != null; order = orders.poll()) {
      order.run();
    }
  }

  private void run() {
    try {
      while (!closing) {
        obey();
        long now = System.nanoTime();
        deliver(now);
        pause(System.nanoTime());
        for (var key : selector.selectedKeys()) {
          receive(key);
        }
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      obey();
    }
  }

  private void pause(long now) throws IOException {
    long next = earlier(up.nanosToNext(now), down.nanosToNext(now));
    if (next < 0) {
      selector.select();
    } else if (next >= LONG) {
      selector.select(next / 1_000_000);
    } else if (selector.selectNow() == 0 && next > 0) {
      LockSupport.parkNanos(Math.min(next, SHORT));
    }
  }

  private static long earlier(long a, long b) {
    return a < 0 ? b : b < 0 ? a : Math.min(a, b);
  }

  private void receive(SelectionKey key) {
    var channel = (DatagramChannel) key.channel();
    try {
      for (int i = 0; i < BURST; i++) {
        var from = channel.receive(buffer.clear());
        if (from == null) {
          return;
        }
        var bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        long now = System.nanoTime();
        if (key.attachment() instanceof Sender sender) {
          down.offer(sender, bytes, now);
        } else {
          var sender = sender(from);
          if (sender != null) {
            up.offer(sender, bytes, now);
          }
        }
      }
    } catch (IOException e) {
      // Nobody listens there at the moment: to a link that is the same as a lost datagram.
    }
  }

  private @Nullable Sender sender(SocketAddress from) throws IOException {
    var known = senders.get(from);
    if (known != null || senders.size() >= MAX_SENDERS) {
      return known;
    }
    var made = new Sender(from, channel());
    made.towardsTarget.connect(target);
    made.towardsTarget.register(selector, SelectionKey.OP_READ, made);
    senders.put(from, made);
    return made;
  }

  private void deliver(long now) {
    for (var next = up.poll(now); next != null; next = up.poll(now)) {
      try {
        next.tag().towardsTarget.write(ByteBuffer.wrap(next.bytes()));
      } catch (IOException e) {
        // As above.
      }
    }
    for (var next = down.poll(now); next != null; next = down.poll(now)) {
      try {
        front.send(ByteBuffer.wrap(next.bytes()), next.tag().address);
      } catch (IOException e) {
        // As above.
      }
    }
  }

  /** Ends it; what is on its way is lost. */
  @Override
  public void close() throws IOException {
    closing = true;
    selector.wakeup();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (var sender : senders.values()) {
      sender.towardsTarget.close();
    }
    front.close();
    selector.close();
  }
}
