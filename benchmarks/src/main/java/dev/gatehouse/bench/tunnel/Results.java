package dev.gatehouse.bench.tunnel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Every figure of every round. A round that failed for a pair is missing, never zero. */
final class Results {

  /** label → measure → one figure a round; NaN where a round has none. */
  private final Map<String, Map<Measure, List<Double>>> figures = new LinkedHashMap<>();

  private int rounds;

  void beginRound() {
    rounds++;
  }

  void add(String label, Map<Measure, Double> measured) {
    var mine = figures.computeIfAbsent(label, any -> new EnumMap<>(Measure.class));
    for (var entry : measured.entrySet()) {
      var list = mine.computeIfAbsent(entry.getKey(), any -> new ArrayList<>());
      while (list.size() < rounds - 1) {
        list.add(Double.NaN);
      }
      list.add(entry.getValue());
    }
  }

  List<String> labels() {
    return List.copyOf(figures.keySet());
  }

  int rounds() {
    return rounds;
  }

  List<Double> all(String label, Measure measure) {
    return figures.getOrDefault(label, Map.of()).getOrDefault(measure, List.of());
  }

  Optional<Double> median(String label, Measure measure) {
    return median(all(label, measure));
  }

  /** The median of the rounds' ratios of one to another. */
  Optional<Double> ratio(String label, String other, Measure measure) {
    return median(ratios(label, other, measure));
  }

  /** The ratio of each round that has both figures. */
  List<Double> ratios(String label, String other, Measure measure) {
    var mine = all(label, measure);
    var theirs = all(other, measure);
    var ratios = new ArrayList<Double>();
    for (int i = 0; i < Math.min(mine.size(), theirs.size()); i++) {
      double ratio = mine.get(i) / theirs.get(i);
      if (Double.isFinite(ratio)) {
        ratios.add(ratio);
      }
    }
    return ratios;
  }

  private static Optional<Double> median(List<Double> values) {
    var sorted = values.stream().filter(v -> !v.isNaN()).mapToDouble(v -> v).sorted().toArray();
    if (sorted.length == 0) {
      return Optional.empty();
    }
    int middle = sorted.length / 2;
    return Optional.of(
        sorted.length % 2 == 1
            ? sorted[middle]
            : Arrays.stream(sorted, middle - 1, middle + 1).average().orElseThrow());
  }
}
