package dev.gatehouse.gateway.core;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The translations of one client by proxy address. A lookup allocates nothing. Immutable. */
public final class Translations {

  /** None at all. */
  public static final Translations NONE = new Translations(List.of());

  private final @Nullable Translation[] table;
  private final int size;

  /** Indexes translations with distinct proxy addresses. */
  Translations(Collection<Translation> all) {
    size = all.size();
    table = new @Nullable Translation[Integer.highestOneBit(Math.max(2, size * 2)) * 2];
    for (var each : all) {
      int at = slot(each.proxy().high(), each.proxy().low());
      while (table[at] != null) {
        at = (at + 1) & (table.length - 1);
      }
      table[at] = each;
    }
  }

  private int slot(long high, long low) {
    return (int) (NatSessions.mix(high * 31 + low) & (table.length - 1));
  }

  /** What stands behind an address, or null. */
  public @Nullable Translation find(long high, long low) {
    if (size == 0) {
      return null;
    }
    int at = slot(high, low);
    while (true) {
      var found = table[at];
      if (found == null || (found.proxy().low() == low && found.proxy().high() == high)) {
        return found;
      }
      at = (at + 1) & (table.length - 1);
    }
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** All of them, in no order. */
  public List<Translation> all() {
    var all = new ArrayList<Translation>();
    for (var each : table) {
      if (each != null) {
        all.add(each);
      }
    }
    return all;
  }
}
