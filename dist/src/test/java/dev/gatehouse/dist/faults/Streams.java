package dev.gatehouse.dist.faults;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A transfer over several TCP connections at a time. {@code serve ADDRESS PORT} answers, {@code
 * fetch ADDRESS PORT BYTES CONNECTIONS} fetches a share over each and prints {@code fetched BYTES
 * in MILLIS ms}, or what went wrong.
 */
final class Streams {

  private static final int PIECE = 1 << 14;
  private static final int CONNECT_MILLIS = 60_000;

  private Streams() {}

  public static void main(String[] arguments)
      throws IOException, InterruptedException, ExecutionException {
    var address = new InetSocketAddress(arguments[1], Integer.parseInt(arguments[2]));
    if (arguments[0].equals("serve")) {
      serve(address);
    } else {
      fetch(address, Long.parseLong(arguments[3]), Integer.parseInt(arguments[4]));
    }
  }

  private static void serve(InetSocketAddress address) throws IOException {
    try (var server = new ServerSocket()) {
      server.bind(address);
      System.out.println("serving streams");
      while (true) {
        var connection = server.accept();
        Thread.ofVirtual().start(() -> give(connection));
      }
    }
  }

  private static void give(Socket connection) {
    try (connection;
        var in = new DataInputStream(connection.getInputStream())) {
      long position = in.readLong();
      long end = in.readLong();
      var piece = ByteBuffer.allocate(PIECE);
      while (position < end) {
        piece.clear().limit((int) Math.min(PIECE, end - position));
        Content.fill(piece, position);
        connection.getOutputStream().write(piece.array(), 0, piece.limit());
        position += piece.limit();
      }
    } catch (IOException e) {
      System.out.println("a connection broke: " + e.getMessage());
    }
  }

  private static void fetch(InetSocketAddress server, long bytes, int connections)
      throws InterruptedException, ExecutionException {
    long started = System.nanoTime();
    long share = (bytes / connections / PIECE + 1) * PIECE;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var shares = new ArrayList<Future<Long>>();
      for (long at = 0; at < bytes; at += share) {
        long from = at;
        shares.add(threads.submit(() -> take(server, from, Math.min(bytes, from + share))));
      }
      long taken = 0;
      for (var one : shares) {
        taken += one.get();
      }
      long millis = (System.nanoTime() - started) / 1_000_000;
      System.out.println("fetched " + taken + " in " + millis + " ms");
    }
  }

  private static long take(InetSocketAddress server, long from, long end) throws IOException {
    try (var connection = new Socket()) {
      connection.connect(server, CONNECT_MILLIS);
      var out = new DataOutputStream(connection.getOutputStream());
      out.writeLong(from);
      out.writeLong(end);
      out.flush();
      var in = new DataInputStream(connection.getInputStream());
      var piece = new byte[PIECE];
      for (long at = from; at < end; at += PIECE) {
        int length = (int) Math.min(PIECE, end - at);
        try {
          in.readFully(piece, 0, length);
        } catch (EOFException e) {
          throw new IOException("the stream from " + from + " ended after " + (at - from), e);
        }
        if (!Content.fits(ByteBuffer.wrap(piece, 0, length), at)) {
          throw new IOException("damaged at " + at);
        }
      }
      return end - from;
    }
  }
}
