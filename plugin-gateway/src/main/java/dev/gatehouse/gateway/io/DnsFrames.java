package dev.gatehouse.gateway.io;

import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/** Cuts a TCP stream into DNS messages, each after its length in two bytes (RFC 7766). */
final class DnsFrames {

  /** A message has 65535 bytes at most, so more than this means that something is wrong. */
  private static final int MOST_WAITING = 2 * 65_537;

  private final Consumer<Buffer> receiver;
  private Buffer waiting = Buffer.buffer();

  DnsFrames(Consumer<Buffer> receiver) {
    this.receiver = receiver;
  }

  static Buffer framed(Buffer message) {
    return Buffer.buffer(message.length() + 2)
        .appendUnsignedShort(message.length())
        .appendBuffer(message);
  }

  /** Takes what has arrived; false if nothing sensible can follow. */
  boolean accept(Buffer data) {
    waiting.appendBuffer(data);
    int at = 0;
    while (waiting.length() - at >= 2) {
      int length = waiting.getUnsignedShort(at);
      if (length < 12) {
        return false;
      }
      if (waiting.length() - at - 2 < length) {
        break;
      }
      receiver.accept(waiting.getBuffer(at + 2, at + 2 + length));
      at += 2 + length;
    }
    waiting = waiting.getBuffer(at, waiting.length());
    return waiting.length() <= MOST_WAITING;
  }
}
