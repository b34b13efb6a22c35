package dev.gatehouse.launcher.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody probably meant to write. */
public final class Nearest {

  private Nearest() {}

  /** The known word closest to what was written, if any is close enough to be meant. */
  public static Optional<String> to(String written, Collection<String> known) {
    return known.stream()
        .filter(word -> isClose(written, word))
        .min(
            Comparator.comparingInt((String word) -> distance(written, word))
                .thenComparing(Comparator.naturalOrder()));
  }

  private static boolean isClose(String written, String word) {
    if (written.length() > 64) {
      return false;
    }
    int longer = Math.max(written.length(), word.length());
    boolean contained =
        Math.min(written.length(), word.length()) >= 3
            && (word.contains(written) || written.contains(word));
    return contained || distance(written, word) <= Math.max(1, longer / 3);
  }

  /** Edits between two words: insert, delete, replace, or swap neighbours. */
  static int distance(String from, String to) {
    var table = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        table[i][j] = i == 0 || j == 0 ? i + j : cheapest(table, from, to, i, j);
      }
    }
    return table[from.length()][to.length()];
  }

  private static int cheapest(int[][] table, String from, String to, int i, int j) {
    int replaced = table[i - 1][j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
    int best = Math.min(replaced, Math.min(table[i - 1][j], table[i][j - 1]) + 1);
    boolean swapped =
        i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1);
    return swapped ? Math.min(best, table[i - 2][j - 2] + 1) : best;
  }
}
