package dev.gatehouse.launcher.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.recovery.RecoveryListener;
import ch.qos.logback.core.recovery.ResilientOutputStreamBase;
import ch.qos.logback.core.rolling.RollingFileAppender;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Log files that know how many lines found no place in them, as on a full disk. Logback tries again
 * by itself.
 */
final class LogFiles extends RollingFileAppender<ILoggingEvent> {

  private final LongAdder lost = new LongAdder();
  private volatile @Nullable String trouble;

  /** How many lines were lost so far. Any thread. */
  long lost() {
    return lost.sum();
  }

  /** Why nothing can be written now; empty while all is well. Any thread. */
  Optional<String> problem() {
    return Optional.ofNullable(trouble)
        .map(reason ->
            "The log file %s cannot be written (%s); %d lines are lost."
                .formatted(getFile(), reason, lost()));
  }

  @Override
  public void setOutputStream(OutputStream stream) {
    if (stream instanceof ResilientOutputStreamBase resilient) {
      resilient.addRecoveryListener(
          new RecoveryListener() {
            @Override
            public void newFailure(IOException e) {
              trouble = String.valueOf(e.getMessage());
            }

            @Override
            public void recoveryOccured() {
              trouble = null;
            }
          });
    }
    super.setOutputStream(stream);
  }

  @Override
  protected void subAppend(ILoggingEvent event) {
    super.subAppend(event);
    if (trouble != null) {
      lost.increment();
    }
  }
}
