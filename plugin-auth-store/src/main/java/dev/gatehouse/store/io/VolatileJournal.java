package dev.gatehouse.store.io;

import dev.gatehouse.store.core.ChangeLog;
import dev.gatehouse.store.core.Edit;
import dev.gatehouse.store.core.Tables;
import dev.gatehouse.store.core.Timeline;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps nothing: the store lives as long as the process. */
public final class VolatileJournal implements Journal {

  private static final int CHANGES = 20_000;

  /** Nothing stored. */
  public VolatileJournal() {}

  @Override
  public Loaded open() {
    return new Loaded(new Tables(), new ChangeLog(CHANGES, 0), Optional.empty(), 0);
  }

  @Override
  public void commit(List<Edit> edits, Timeline.Saved timeline, ChangeLog log, Tables tables) {}

  @Override
  public List<String> verify(Tables tables) {
    return List.of();
  }

  @Override
  public Map<String, Object> status() {
    return Map.of();
  }

  @Override
  public void close(boolean complete) {}
}
