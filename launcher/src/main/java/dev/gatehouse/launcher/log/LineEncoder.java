package dev.gatehouse.launcher.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;

/** Writes each event as one line of UTF-8. */
abstract class LineEncoder extends EncoderBase<ILoggingEvent> {

  private static final byte[] NOTHING = {};

  abstract void line(StringBuilder out, ILoggingEvent event);

  @Override
  public byte[] encode(ILoggingEvent event) {
    var out = new StringBuilder(160);
    line(out, event);
    return out.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }
}
