package dev.gatehouse.launcher.runtime;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What happened, in order. */
public final class Journal {

  private final List<String> entries = new CopyOnWriteArrayList<>();

  void add(String entry) {
    entries.add(entry);
  }

  /** Everything so far. */
  public List<String> entries() {
    return List.copyOf(entries);
  }
}
