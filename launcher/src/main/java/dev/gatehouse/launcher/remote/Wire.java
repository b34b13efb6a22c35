package dev.gatehouse.launcher.remote;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A connection on which nothing waits for ever. */
interface Wire extends AutoCloseable {

  /**
   * Writes everything.
   *
   * @param millis how long to wait at most
   * @throws SocketTimeoutException if that was not enough
   */
  void write(byte[] bytes, long millis) throws IOException;

  /**
   * Reads what is there, waiting for it if need be.
   *
   * @param millis how long to wait at most
   * @return how many bytes; -1 at the end
   * @throws SocketTimeoutException if nothing came in time
   */
  int read(byte[] into, long millis) throws IOException;

  @Override
  void close() throws IOException;

  /** Connects as the place wants it. */
  static Wire open(Place place, long millis) throws IOException {
    var tls = place.access().flatMap(RemoteAccess::tls);
    if (tls.isPresent()) {
      return Encrypted.connect(place, tls.get(), (int) millis);
    }
    return Plain.connect(place);
  }

  /** Nothing between us and the system. */
  final class Plain implements Wire {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;

    private Plain(SocketChannel channel, Selector selector) throws IOException {
      this.channel = channel;
      this.selector = selector;
      channel.configureBlocking(false);
      key = channel.register(selector, 0);
    }

    private static Plain connect(Place place) throws IOException {
      var channel =
          place.file().isPresent()
              ? SocketChannel.open(StandardProtocolFamily.UNIX)
              : SocketChannel.open();
      try {
        channel.connect(place.address());
        return new Plain(channel, Selector.open());
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    }

    @Override
    public void write(byte[] bytes, long millis) throws IOException {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        await(SelectionKey.OP_WRITE, millis);
        channel.write(buffer);
      }
    }

    @Override
    public int read(byte[] into, long millis) throws IOException {
      await(SelectionKey.OP_READ, millis);
      return channel.read(ByteBuffer.wrap(into));
    }

    private void await(int operation, long millis) throws IOException {
      key.interestOps(operation);
      if (millis <= 0 || selector.select(millis) == 0) {
        throw new SocketTimeoutException();
      }
      selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
      selector.close();
      channel.close();
    }
  }

  /** TLS, with the other side's name checked. */
  final class Encrypted implements Wire {
    private final SSLSocket socket;

    private Encrypted(SSLSocket socket) {
      this.socket = socket;
    }

    private static Encrypted connect(Place place, SSLContext tls, int millis) throws IOException {
      var address = (InetSocketAddress) place.address();
      var plain = new Socket();
      try {
        plain.connect(address, millis);
        plain.setSoTimeout(millis);
        var host = place.access().map(RemoteAccess::host).orElse("");
        var socket =
            (SSLSocket) tls.getSocketFactory().createSocket(plain, host, address.getPort(), true);
        var parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return new Encrypted(socket);
      } catch (IOException | RuntimeException e) {
        plain.close();
        throw e;
      }
    }

    @Override
    public void write(byte[] bytes, long millis) throws IOException {
      socket.getOutputStream().write(bytes);
    }

    @Override
    public int read(byte[] into, long millis) throws IOException {
      if (millis <= 0) {
        throw new SocketTimeoutException();
      }
      socket.setSoTimeout((int) millis);
      return socket.getInputStream().read(into);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
