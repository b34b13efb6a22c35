package dev.gatehouse.bench.tunnel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The results as a table, CSV, JSON and a picture. */
final class Report {

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
  private static final List<String> COLOURS =
      List.of("#9aa0a6", "#1a73e8", "#5f9e6e", "#e8710a", "#a142f4", "#c5221f");

  /** From TUN to policy to tunnel to transport, and back on the other machine. */
  private static final int SEAMS = 6;

  /** TCP packets that fill the tunnel's MTU, by what iperf3 counts of them. */
  private static final double PACKETS_PER_GBIT = 1e9 / 8 / (1420 - 52);

  private static final int ROW = 16;
  private static final int LABELS = 190;
  private static final int BARS = 420;

  private final Results results;
  private final Set<Measure> measures;
  private final Map<String, String> about;

  Report(Results results, Set<Measure> measures, Map<String, String> about) {
    this.results = results;
    this.measures = measures;
    this.about = about;
  }

  /** Medians in a row a measure, then Gatehouse's ratios to every peer. */
  String table() {
    var out = new StringBuilder();
    about.forEach((key, value) -> out.append("- %s: %s%n".formatted(key, value)));
    out.append("%n| median of %d rounds | unit |".formatted(results.rounds()));
    results.labels().forEach(label -> out.append(" %s |".formatted(label)));
    out.append("%n|---|---|%s%n".formatted("---:|".repeat(results.labels().size())));
    for (var measure : measures) {
      out.append("| %s | %s |".formatted(measure.id(), measure.unit()));
      for (var label : results.labels()) {
        out.append(
            " %s |".formatted(results.median(label, measure).map(Report::number).orElse("–")));
      }
      out.append(System.lineSeparator());
    }
    seams(out);
    for (var ours : results.labels().stream().filter(l -> l.startsWith("gatehouse")).toList()) {
      for (var peer : results.labels()) {
        if (!peer.startsWith("gatehouse") && !peer.equals("veth")) {
          out.append(ratios(ours, peer));
        }
      }
    }
    return out.toString();
  }

  /** What it costs to send every batch over the event bus rather than to hand it over directly. */
  private void seams(StringBuilder out) {
    var direct = results.median(Pairs.GATEHOUSE, Measure.CPU);
    var byBus = results.median(Pairs.BY_BUS, Measure.CPU);
    if (!results.labels().contains(Pairs.BY_BUS)) {
      return;
    }
    out.append(ratios(Pairs.BY_BUS, Pairs.GATEHOUSE));
    if (direct.isPresent() && byBus.isPresent()) {
      double perPacket = (byBus.get() - direct.get()) * 1e9 / PACKETS_PER_GBIT / SEAMS;
      out.append(
          String.format(
              Locale.ROOT,
              "%nEach of the %d seams a packet crosses costs %.1f ns more by bus; a packet takes"
                  + " %.0f ns of processor in all when they are crossed directly.%n",
              SEAMS,
              perPacket,
              direct.get() * 1e9 / PACKETS_PER_GBIT));
    }
  }

  private String ratios(String ours, String peer) {
    var out =
        new StringBuilder(
            "%n%s ÷ %s (median of rounds [lowest, highest])%n%n".formatted(ours, peer));
    out.append("| | ratio | better is |%n|---|---:|---|%n".formatted());
    for (var measure : measures) {
      var all = results.ratios(ours, peer, measure);
      if (!all.isEmpty()) {
        out.append(
            String.format(
                Locale.ROOT,
                "| %s | %.2f [%.2f, %.2f] | %s |%n",
                measure.id(),
                results.ratio(ours, peer, measure).orElseThrow(),
                all.stream().mapToDouble(r -> r).min().orElseThrow(),
                all.stream().mapToDouble(r -> r).max().orElseThrow(),
                measure.moreIsBetter() ? "more" : "less"));
      }
    }
    return out.toString();
  }

  /** Writes {@code tunnel.csv}, {@code tunnel.json}, {@code tunnel.md} and {@code tunnel.svg}. */
  void write(Path directory) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("tunnel.md"), table());
    var csv = new ArrayList<>(List.of("pair,measure,unit,round,value"));
    var json = new LinkedHashMap<String, Object>();
    json.put("about", about);
    var pairs = new LinkedHashMap<String, Object>();
    for (var label : results.labels()) {
      var mine = new LinkedHashMap<String, Object>();
      for (var measure : measures) {
        var all = results.all(label, measure);
        for (int round = 0; round < all.size(); round++) {
          csv.add(
              "%s,%s,%s,%d,%s"
                  .formatted(label, measure.id(), measure.unit(), round + 1, all.get(round)));
        }
        if (!all.isEmpty()) {
          mine.put(measure.id(), Map.of("unit", measure.unit(), "rounds", all));
        }
      }
      pairs.put(label, mine);
    }
    json.put("pairs", pairs);
    Files.write(directory.resolve("tunnel.csv"), csv);
    Files.writeString(directory.resolve("tunnel.json"), JSON.writeValueAsString(json));
    Files.writeString(directory.resolve("tunnel.svg"), picture());
  }

  /** One group of bars a measure; each group has its own scale. */
  private String picture() {
    var labels = results.labels();
    int group = ROW * labels.size() + 30;
    var svg =
        new StringBuilder(
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">
            <rect width="100%%" height="100%%" fill="white"/>
            """
                .formatted(LABELS + BARS + 110, group * measures.size() + 10));
    int y = 18;
    for (var measure : measures) {
      double most =
          labels.stream()
              .flatMap(label -> results.median(label, measure).stream())
              .mapToDouble(value -> value)
              .max()
              .orElse(1);
      svg.append(
          "<text x=\"8\" y=\"%d\" font-weight=\"bold\">%s, %s (%s is better)</text>%n"
              .formatted(
                  y, measure.id(), measure.unit(), measure.moreIsBetter() ? "more" : "less"));
      for (int i = 0; i < labels.size(); i++) {
        double value = results.median(labels.get(i), measure).orElse(0.0);
        int top = y + 6 + i * ROW;
        svg.append(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>"
                .formatted(LABELS - 6, top + 11, labels.get(i)));
        svg.append(
            "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"12\" fill=\"%s\"/>"
                .formatted(
                    LABELS, top, Math.round(BARS * value / most), COLOURS.get(i % COLOURS.size())));
        svg.append(
            "<text x=\"%d\" y=\"%d\">%s</text>%n"
                .formatted(LABELS + Math.round(BARS * value / most) + 5, top + 11, number(value)));
      }
      y += group;
    }
    return svg.append("</svg>\n").toString();
  }

  private static String number(double value) {
    String format = value >= 1000 ? "%.0f" : value >= 10 ? "%.1f" : "%.3f";
    return String.format(Locale.ROOT, format, value);
  }
}
