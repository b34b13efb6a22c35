package dev.gatehouse.store.postgres.io;

import dev.gatehouse.api.Deadline;
import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.TimeSource;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A few connections for reading, opened when they are needed. Safe for any thread. */
final class Pool {

  private static final int LARGEST = 4;
  private static final long GLANCE_MILLIS = 20;

  /** Something to do with a connection. */
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  private record Lease(Connection connection, boolean isFresh) {}

  private final Connector connector;
  private final TimeSource time;
  private final Semaphore permits = new Semaphore(LARGEST, true);
  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  Pool(Connector connector, TimeSource time) {
    this.connector = connector;
    this.time = time;
  }

  /** Has a single statement read; nobody waits beyond the deadline. */
  <T> T read(Deadline deadline, Work<T> work) {
    acquire(deadline);
    try {
      while (true) {
        var lease = take(deadline);
        try {
          limitWaiting(lease.connection(), deadline);
          var result = work.on(lease.connection());
          giveBack(lease.connection());
          return result;
        } catch (SQLException e) {
          if (!Problems.breaksConnection(e)) {
            giveBack(lease.connection());
            throw failure(e, deadline);
          }
          Connector.drop(lease.connection());
          if (lease.isFresh() || Problems.cause(e, SocketTimeoutException.class) != null) {
            throw failure(e, deadline);
          }
          // The server was restarted meanwhile; every idle connection is as old as this one.
          dropIdle();
        } catch (RuntimeException e) {
          Connector.drop(lease.connection());
          throw e;
        }
      }
    } finally {
      permits.release();
    }
  }

  /** Has several statements see everything at one moment. */
  <T> T copy(Deadline deadline, Work<T> work) {
    acquire(deadline);
    try {
      var connection = begun(deadline);
      boolean sound = false;
      try {
        var result = work.on(connection);
        connection.rollback();
        connection.setAutoCommit(true);
        sound = true;
        return result;
      } catch (SQLException e) {
        throw failure(e, deadline);
      } finally {
        if (sound) {
          giveBack(connection);
        } else {
          Connector.drop(connection);
        }
      }
    } finally {
      permits.release();
    }
  }

  /** A connection in a transaction that sees one moment. */
  private Connection begun(Deadline deadline) {
    while (true) {
      var lease = take(deadline);
      try {
        limitWaiting(lease.connection(), deadline);
        lease.connection().setAutoCommit(false);
        try (var statement = lease.connection().createStatement()) {
          statement.execute("set transaction isolation level repeatable read");
        }
        return lease.connection();
      } catch (SQLException e) {
        Connector.drop(lease.connection());
        if (lease.isFresh() || Problems.cause(e, SocketTimeoutException.class) != null) {
          throw failure(e, deadline);
        }
        dropIdle();
      } catch (RuntimeException e) {
        Connector.drop(lease.connection());
        throw e;
      }
    }
  }

  /** Sets how long the connection waits for an answer: no longer than the caller does. */
  void limitWaiting(Connection connection, Deadline deadline) throws SQLException {
    long left = deadline.remaining(time).toMillis();
    if (left < 0) {
      throw Problems.late();
    }
    long longest = connector.timeout().toMillis();
    connection.setNetworkTimeout(Runnable::run, (int) Math.clamp(left, 1, longest));
  }

  private GatehouseException failure(SQLException e, Deadline deadline) {
    return deadline.hasPassed(time)
        ? Problems.late()
        : Problems.whileRunning(connector.problems().of(e), "");
  }

  private void acquire(Deadline deadline) {
    try {
      do {
        if (closed) {
          throw Problems.closed();
        }
        if (deadline.hasPassed(time)) {
          throw Problems.late();
        }
      } while (!permits.tryAcquire(GLANCE_MILLIS, TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Request.interrupted(e);
    }
  }

  private Lease take(Deadline deadline) {
    var connection = idle.pollFirst();
    return connection == null
        ? new Lease(awaited(open(), deadline), true)
        : new Lease(connection, false);
  }

  /** Opens a connection on a thread of its own, because a caller may not have that much time. */
  private CompletableFuture<Connection> open() {
    var opening = new CompletableFuture<Connection>();
    Thread.ofVirtual()
        .name("store-connect")
        .start(() -> {
          try {
            var connection = connector.open(Connector.Use.READING);
            if (!opening.complete(connection)) {
              Connector.drop(connection);
            }
          } catch (RuntimeException | Error e) {
            opening.completeExceptionally(e);
          }
        });
    return opening;
  }

  private Connection awaited(CompletableFuture<Connection> opening, Deadline deadline) {
    try {
      while (true) {
        try {
          return opening.get(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          if (deadline.hasPassed(time)) {
            throw Problems.late();
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Request.interrupted(e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof GatehouseException known
          ? Problems.whileRunning(known, "")
          : Request.rethrown(e);
    } finally {
      // If nobody waits any more, whoever opens it drops it.
      opening.cancel(false);
    }
  }

  private void giveBack(Connection connection) {
    if (closed) {
      Connector.drop(connection);
    } else {
      idle.addFirst(connection);
      if (closed) {
        dropIdle();
      }
    }
  }

  private void dropIdle() {
    for (var old = idle.pollFirst(); old != null; old = idle.pollFirst()) {
      Connector.drop(old);
    }
  }

  void close() {
    closed = true;
    dropIdle();
  }
}
