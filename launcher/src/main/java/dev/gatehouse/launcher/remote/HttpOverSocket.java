package dev.gatehouse.launcher.remote;

import dev.gatehouse.api.GatehouseException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 over a Unix domain socket or TCP, one connection per request: as much of it as the admin
 * API needs, because a command is to be done before a whole HTTP client has been loaded.
 */
final class HttpOverSocket {

  private static final int MAX_HEAD = 64 * 1024;
  private static final int MAX_BODY = 64 * 1024 * 1024;
  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private final Place place;
  private final Duration timeout;

  HttpOverSocket(Path socket) {
    this(socket, TIMEOUT);
  }

  HttpOverSocket(Path socket, Duration timeout) {
    this(Place.of(socket), timeout);
  }

  HttpOverSocket(Place place) {
    this(place, TIMEOUT);
  }

  private HttpOverSocket(Place place, Duration timeout) {
    this.place = place;
    this.timeout = timeout;
  }

  /** What came back. */
  @SuppressWarnings("ArrayRecordComponent") // made here, read once, compared never
  record Response(int status, byte[] body) {}

  /**
   * Asks and waits for the answer.
   *
   * @throws GatehouseException if there is none
   */
  Response ask(String method, String path, byte[] body) {
    long end = System.nanoTime() + timeout.toNanos();
    try (var wire = connect(end)) {
      wire.write(request(method, path, body), left(end));
      return read(wire, end);
    } catch (SocketTimeoutException e) {
      throw noAnswer(e);
    } catch (IOException e) {
      throw notUnderstood(e);
    }
  }

  private static long left(long end) {
    return TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
  }

  /** What answers is no gateway. */
  GatehouseException notUnderstood() {
    return notUnderstood(null);
  }

  private GatehouseException notUnderstood(@Nullable Throwable cause) {
    return new GatehouseException(
        RemoteErrorCode.NOT_UNDERSTOOD,
        "What answers at "
            + place
            + " does not speak as a "
            + place.who()
            + " of this release does.",
        "Name another place with "
            + place.option()
            + ", or use the release the "
            + place.who()
            + " was started with.",
        cause);
  }

  private Wire connect(long end) {
    try {
      return Wire.open(place, left(end));
    } catch (ConnectException e) {
      throw noGateway(e);
    } catch (SSLException e) {
      throw notTrusted(e);
    } catch (IOException e) {
      if (place.file().filter(file -> Files.exists(file) || !parentIsOpen(file)).isPresent()) {
        throw new GatehouseException(
            RemoteErrorCode.ACCESS_DENIED,
            "The admin socket " + place + " cannot be opened by this user.",
            "Run the command as the user the gateway runs as, or as root.",
            e);
      }
      throw noGateway(e);
    }
  }

  private GatehouseException notTrusted(SSLException e) {
    return new GatehouseException(
        RemoteErrorCode.NOT_TRUSTED,
        "What answers at " + place + " does not prove that it is the gateway (" + brief(e) + ").",
        "Name the certificate it has, or that of its authority, with --ca-file, and use a name it is"
            + " for.",
        e);
  }

  private static String brief(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("").replaceAll("\\.$", "");
  }

  private static boolean parentIsOpen(Path socket) {
    var parent = socket.toAbsolutePath().getParent();
    return parent == null || !Files.exists(parent) || Files.isExecutable(parent);
  }

  private GatehouseException noGateway(IOException cause) {
    return new GatehouseException(
        RemoteErrorCode.NO_GATEWAY,
        "No " + place.who() + " answers at " + place + ".",
        "Start it with '" + place.start() + "' or name its socket with " + place.option() + ".",
        cause);
  }

  private byte[] request(String method, String path, byte[] body) {
    var token = place.access().map(access -> "Authorization: Bearer " + access.token() + "\r\n");
    var head =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: gatehouse\r\nConnection: close\r\n"
            + token.orElse("")
            + (body.length > 0 ? "Content-Type: application/json\r\n" : "")
            + "Content-Length: "
            + body.length
            + "\r\n\r\n";
    var start = head.getBytes(StandardCharsets.US_ASCII);
    var whole = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, whole, start.length, body.length);
    return whole;
  }

  private Response read(Wire wire, long end) throws IOException {
    var received = new ByteArrayOutputStream();
    var buffer = new byte[16 * 1024];
    int expected = Integer.MAX_VALUE;
    int bodyAt = -1;
    boolean open = true;
    while (open && received.size() < expected) {
      int count = wire.read(buffer, left(end));
      open = count >= 0;
      received.write(buffer, 0, Math.max(0, count));
      if (bodyAt < 0) {
        bodyAt = endOfHead(received.toByteArray());
        if (bodyAt >= 0) {
          var length = contentLength(head(received.toByteArray(), bodyAt));
          expected = length.isPresent() ? bodyAt + length.getAsInt() : Integer.MAX_VALUE;
        }
      }
      if (received.size() > (bodyAt < 0 ? MAX_HEAD : MAX_HEAD + MAX_BODY)) {
        throw notUnderstood();
      }
    }
    if (bodyAt < 0 || (expected != Integer.MAX_VALUE && received.size() < expected)) {
      throw notUnderstood();
    }
    var all = received.toByteArray();
    return new Response(
        status(head(all, bodyAt)), Arrays.copyOfRange(all, bodyAt, Math.min(all.length, expected)));
  }

  private GatehouseException noAnswer(SocketTimeoutException cause) {
    return new GatehouseException(
        RemoteErrorCode.NO_ANSWER,
        "The "
            + place.who()
            + " at "
            + place
            + " did not answer within "
            + timeout.toSeconds()
            + " s.",
        "Look at its log; a change that was asked for may or may not have been made.",
        cause);
  }

  private static String head(byte[] received, int bodyAt) {
    return new String(received, 0, bodyAt, StandardCharsets.ISO_8859_1);
  }

  private static int endOfHead(byte[] received) {
    for (int i = 3; i < received.length; i++) {
      if (received[i] == '\n'
          && received[i - 1] == '\r'
          && received[i - 2] == '\n'
          && received[i - 3] == '\r') {
        return i + 1;
      }
    }
    return -1;
  }

  private int status(String head) {
    if (!head.matches("(?s)HTTP/1\\.[01] [1-5][0-9]{2}[ \r].*")) {
      throw notUnderstood();
    }
    return Integer.parseInt(head.substring(9, 12));
  }

  private OptionalInt contentLength(String head) {
    var found = OptionalInt.empty();
    for (var line : head.split("\r\n", -1)) {
      int colon = line.indexOf(':');
      var name = colon < 0 ? "" : line.substring(0, colon).toLowerCase(Locale.ROOT);
      var value = line.substring(colon + 1).strip();
      if (name.equals("transfer-encoding")) {
        throw notUnderstood();
      }
      if (name.equals("content-length")) {
        if (!value.matches("[0-9]{1,8}") || found.isPresent()) {
          throw notUnderstood();
        }
        found = OptionalInt.of(Integer.parseInt(value));
      }
    }
    return found;
  }
}
