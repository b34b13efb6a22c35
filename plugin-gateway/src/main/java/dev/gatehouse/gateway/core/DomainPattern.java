package dev.gatehouse.gateway.core;

import java.util.List;
import java.util.Locale;

/**
 * A pattern for domain names. In it {@code ?} stands for one character, {@code *} for any run of
 * characters within a label, and a label {@code **} for any number of labels, none included. A
 * pattern that starts with {@code *.} or {@code **.} matches the bare parent, too. Case does not
 * matter. Natural order puts the more specific pattern first. Immutable.
 */
public final class DomainPattern implements Comparable<DomainPattern> {

  private final String text;
  private final List<String> labels;
  private final boolean matchesParent;

  private DomainPattern(String text) {
    this.text = text;
    this.labels = List.of(text.split("\\.", -1));
    this.matchesParent = labels.size() > 1 && labels.getFirst().equals("*");
  }

  /** Reads a pattern as {@link dev.gatehouse.api.model.Destination.DnsName} holds it. */
  public static DomainPattern of(String pattern) {
    return new DomainPattern(pattern.toLowerCase(Locale.ROOT));
  }

  /** Whether a name, without a trailing dot, matches as a whole. */
  public boolean matches(String name) {
    var wanted = List.of(name.toLowerCase(Locale.ROOT).split("\\.", -1));
    return labelsMatch(labels, wanted)
        || (matchesParent && labelsMatch(labels.subList(1, labels.size()), wanted));
  }

  /**
   * One row per pattern label: which numbers of leading name labels the pattern so far accounts
   * for. The work is bounded by the product of the lengths, whatever the pattern.
   */
  private static boolean labelsMatch(List<String> pattern, List<String> name) {
    var reached = new boolean[name.size() + 1];
    reached[0] = true;
    for (var label : pattern) {
      var next = new boolean[name.size() + 1];
      if (label.equals("**")) {
        boolean any = false;
        for (int i = 0; i <= name.size(); i++) {
          any |= reached[i];
          next[i] = any;
        }
      } else {
        for (int i = 0; i < name.size(); i++) {
          next[i + 1] = reached[i] && labelMatches(label, name.get(i));
        }
      }
      reached = next;
    }
    return reached[name.size()];
  }

  private static boolean labelMatches(String pattern, String label) {
    var reached = new boolean[label.length() + 1];
    reached[0] = true;
    for (int p = 0; p < pattern.length(); p++) {
      char wanted = pattern.charAt(p);
      var next = new boolean[label.length() + 1];
      next[0] = wanted == '*' && reached[0];
      for (int i = 0; i < label.length(); i++) {
        next[i + 1] =
            wanted == '*'
                ? reached[i + 1] || next[i]
                : reached[i] && (wanted == '?' || wanted == label.charAt(i));
      }
      reached = next;
    }
    return reached[label.length()] && !label.isEmpty();
  }

  /**
   * Compares from the right: at the first difference {@code ?} comes before {@code *}, anything
   * else before both, the end before the rest, and of two ordinary characters the greater one.
   */
  @Override
  public int compareTo(DomainPattern other) {
    int mine = text.length();
    int theirs = other.text.length();
    while (mine > 0 && theirs > 0) {
      char a = text.charAt(--mine);
      char b = other.text.charAt(--theirs);
      if (a != b) {
        int byKind = Integer.compare(kind(a), kind(b));
        return byKind != 0 ? byKind : Character.compare(b, a);
      }
    }
    return Integer.compare(mine, theirs);
  }

  private static int kind(char c) {
    return switch (c) {
      case '*' -> 2;
      case '?' -> 1;
      default -> 0;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DomainPattern pattern && text.equals(pattern.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
