package dev.gatehouse.store.io;

import dev.gatehouse.api.GatehouseException;
import dev.gatehouse.api.StandardErrorCode;
import dev.gatehouse.store.core.ChangeLog;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Tables;
import dev.gatehouse.store.core.Timeline;
import java.util.List;
import java.util.Map;

/** A journal that refuses to write while it is told to. */
final class FlakyJournal implements Journal {

  private final Journal real;
  private volatile boolean refusing;

  FlakyJournal(Journal real) {
    this.real = real;
  }

  void refuse(boolean on) {
    refusing = on;
  }

  @Override
  public Loaded open() {
    return real.open();
  }

  @Override
  public void commit(List<Edit> edits, Timeline.Saved timeline, ChangeLog log, Tables tables) {
    if (refusing) {
      throw new GatehouseException(
          StandardErrorCode.STORE_UNAVAILABLE, "The disk is full.", "Free some space.");
    }
    real.commit(edits, timeline, log, tables);
  }

  @Override
  public List<String> verify(Tables tables) {
    return real.verify(tables);
  }

  @Override
  public Map<String, Object> status() {
    return real.status();
  }

  @Override
  public void close(boolean complete) {
    real.close(complete);
  }
}
